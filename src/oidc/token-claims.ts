import type { AccessToken, Account, AccountClaims, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { assuranceClaims } from './assurance-claims.ts';
import { exchangedClaims, exchangeOf } from './exchange/issue.ts';
import { originOf, sealOriginOnce } from './exchange/origin.ts';

/** What access tokens say beside the standard claims, JWTs to their API and opaque ones at introspection. */
export function tokenClaims(tenant: Tenant) {
  const isExchanged = protocolOf(tenant.settings).token_exchange;

  return (ctx: KoaContextWithOIDC | undefined, token: AccessToken | ClientCredentials) => {
    if (token.kind !== 'AccessToken') return undefined;
    const exchange = exchangeOf(ctx);
    if (exchange) return exchangedClaims(tenant, exchange);
    const claims = assuranceClaims(ctx, token);
    if (!isExchanged) return claims;
    const origin = token.format === 'jwt' ? originOf(token) : undefined;
    return { ...claims, ...mayAct(token.client), ...(origin && { grant_ref: sealOriginOnce(tenant, origin) }) };
  };
}

/** An account whose ID tokens can be exchanged. */
export function withExchangeClaims(tenant: Tenant, { oidc }: KoaContextWithOIDC, account: Account): Account {
  return {
    ...account,
    async claims(use, ...rest): Promise<AccountClaims> {
      const claims = await account.claims(use, ...rest);
      const { grant, client, session, entities } = oidc;
      if (use !== 'id_token' || !grant || !client) return claims;
      const { AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest } = entities;
      const source = AuthorizationCode ?? RefreshToken ?? DeviceCode ?? BackchannelAuthenticationRequest;
      const sessionUid = source ? (source.expiresWithSession ? source.sessionUid : undefined) : session?.uid;
      const { accountId } = account;
      const origin = { accountId, grantId: grant.jti, clientId: client.clientId, sessionUid };
      return { ...claims, ...mayAct(client), grant_ref: sealOriginOnce(tenant, origin) };
    },
  };
}

/** RFC 8693 4.4, by the client's metadata: who alone may act for its users. */
function mayAct(client: object | undefined): { may_act?: unknown } {
  const sub: unknown = client && Reflect.get(client, 'may_act');
  return typeof sub === 'string' ? { may_act: { sub } } : {};
}
