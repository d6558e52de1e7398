import type { Account, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Cache } from '../../core/cache.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { resourceOf } from '../resources.ts';

type Features = NonNullable<Configuration['features']>;

/** Introspection (RFC 7662), signed if the client wants it (RFC 9701), and revocation (RFC 7009). */
export function tokenFeatures(
  tenant: Tenant,
  accounts: Cache<Account>,
): Pick<Features, 'introspection' | 'jwtIntrospection' | 'revocation'> {
  /**
   * Its own tokens, and those for an API that it serves (RFC 7662 4: no scanning of others' tokens). A token of a user
   * who may not sign in any more is not active.
   */
  async function mayIntrospect(
    _ctx: KoaContextWithOIDC,
    client: { clientId: string },
    token: { clientId?: string; accountId?: string; aud?: string | string[] },
  ): Promise<boolean> {
    const isTheirs =
      token.clientId === client.clientId ||
      resourceOf(tenant, token.aud)?.introspection_clients.includes(client.clientId) === true;
    return isTheirs && (token.accountId === undefined || (await accounts.get(token.accountId)) !== undefined);
  }

  return {
    introspection: { enabled: true, allowedPolicy: mayIntrospect },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
  };
}
