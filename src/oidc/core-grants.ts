import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

type Params = string | readonly string[] | ReadonlySet<string>;
export type GrantHandler = (ctx: KoaContextWithOIDC) => Promise<void> | void;

type Registered = { handler: GrantHandler; params?: Params | undefined; duplicates?: Params | undefined };
const grants = new WeakMap<Provider, Map<string, Registered>>();

/**
 * The protocol core registers its own grants by its public method, while it is made. Here they are kept at hand: a grant of
 * ours that ends as one of them calls it, and so has every check that the core has, now and after an upgrade (proof of
 * possession and its replay, certificate, resource, scope). A test holds that they are all there.
 */
export class OpenProvider extends Provider {
  // biome-ignore lint/suspicious/noExplicitAny: the signature that this overrides is generic
  override registerGrantType(name: string, handler: (ctx: any) => any, params?: Params, duplicates?: Params): void {
    const known = grants.get(this) ?? new Map<string, Registered>();
    grants.set(this, known.set(name, { handler, params, duplicates }));
    super.registerGrantType(name, handler, params, duplicates);
  }
}

/** A grant that this core answers. */
export const grantOf = (provider: Provider, name: string): GrantHandler => registered(provider, name).handler;

/** Puts a handler of ours in the place of the core's, which takes a parameter more. */
export function extendGrant(
  provider: OpenProvider,
  name: string,
  parameter: string,
  handlerOf: (core: GrantHandler) => GrantHandler,
): void {
  const { handler, params = [], duplicates } = registered(provider, name);
  provider.registerGrantType(
    name,
    handlerOf(handler),
    [...(typeof params === 'string' ? [params] : params), parameter],
    duplicates,
  );
}

function registered(provider: Provider, name: string): Registered {
  const found = grants.get(provider)?.get(name);
  if (!found) throw new Error(`the protocol core has no grant ${name}`);
  return found;
}
