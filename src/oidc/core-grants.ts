import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

type Params = string | readonly string[] | ReadonlySet<string>;
export type GrantHandler = (ctx: KoaContextWithOIDC) => Promise<void> | void;

const grants = new WeakMap<Provider, Map<string, GrantHandler>>();

/**
 * The protocol core registers its own grants by its public method, while it is made. Here they are kept at hand: a grant of
 * ours that ends as one of them calls it, and so has every check that the core has, now and after an upgrade (proof of
 * possession and its replay, certificate, resource, scope). A test holds that they are all there.
 */
export class OpenProvider extends Provider {
  // biome-ignore lint/suspicious/noExplicitAny: the signature that this overrides is generic
  override registerGrantType(name: string, handler: (ctx: any) => any, params?: Params, duplicates?: Params): void {
    const known = grants.get(this) ?? new Map<string, GrantHandler>();
    grants.set(this, known.set(name, handler));
    super.registerGrantType(name, handler, params, duplicates);
  }
}

/** A grant that this core answers. */
export function grantOf(provider: Provider, name: string): GrantHandler {
  const handler = grants.get(provider)?.get(name);
  if (!handler) throw new Error(`the protocol core has no grant ${name}`);
  return handler;
}
