import type { ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import Provider from 'oidc-provider';
import { grantOf, type OpenProvider } from './core-grants.ts';

type Scoped = { resource: string; scopes: string[] };

/**
 * The last step of a grant: what the client gets. `bound` has resource, scope and bindings as the core has checked them;
 * `keep` issues it as it is.
 */
type Finish = (bound: ClientCredentials, keep: () => Promise<string>) => Promise<string>;

/** Answers a token request that a grant of ours has allowed, by the core's client_credentials. */
export type BoundGrant = (ctx: KoaContextWithOIDC, allowed: Scoped, finish: Finish) => Promise<void>;

/**
 * The core's client_credentials checks proof of possession, certificate, resource and scope, makes a token by them, and saves it
 * at last. There the grant that uses it says what is issued, once nothing can be refused any more. A test holds that
 * `save` is called, and last.
 */
export function createBoundGrant(provider: OpenProvider): BoundGrant {
  const clientCredentials = grantOf(provider, 'client_credentials');
  const finishes = new WeakMap<KoaContextWithOIDC, Finish>();
  const methods = provider.ClientCredentials.prototype;
  const { save } = methods;

  methods.save = function finished(this: ClientCredentials) {
    const keep = () => save.call(this);
    const finish = Provider.ctx && finishes.get(Provider.ctx);
    return finish ? finish(this, keep) : keep();
  };

  return async (ctx, { resource, scopes }, finish) => {
    Object.assign(ctx.oidc.params!, { resource, scope: scopes.join(' ') });
    finishes.set(ctx, finish);
    await clientCredentials(ctx);
  };
}
