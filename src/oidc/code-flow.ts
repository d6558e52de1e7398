import { UnsecuredJWT } from 'jose';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { type Clock, seconds } from '../core/clock.ts';
import { randomSecret } from '../core/ids.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FindUser } from './account-cache.ts';
import { claimsByScope } from './claims.ts';

/** Who has signed in, how, and what of them their client may know. Times in seconds. */
export type SignedIn = {
  accountId: string;
  sessionUid: string;
  acr: string | undefined;
  amr: string[];
  authTime: number;
  claims: Record<string, unknown>;
};

/** The code flow for clients that only we speak for, without its endpoints: how those are used is for others to follow. */
export type CodeFlow = {
  /** Where the browser is to go. The request waits here and cannot be changed on the way (RFC 9126). */
  begin(clientId: string, params: Record<string, string>): Promise<string>;
  /** Once; undefined for a code that is not this client's, was used, or has ended with its session, grant or user. */
  redeem(clientId: string, code: string): Promise<SignedIn | undefined>;
};

/** Seconds from there to here. */
const PUSHED = 60;
const PUSHED_URN = 'urn:ietf:params:oauth:request_uri:';

export function createCodeFlow(
  tenant: Tenant,
  provider: Provider,
  deps: { clock: Clock; findUser: FindUser },
): CodeFlow {
  return {
    async begin(clientId, params) {
      const now = seconds(deps.clock);
      const request = new UnsecuredJWT({
        response_type: 'code',
        client_id: clientId,
        // It has no verifier: at the token endpoint the code is of no use to anybody.
        code_challenge: randomSecret(),
        code_challenge_method: 'S256',
        ...params,
      })
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + PUSHED)
        .setIssuer(clientId)
        .setAudience(tenant.issuer)
        .encode();
      const pushed = new provider.PushedAuthorizationRequest({ request, trusted: true } as never);
      const request_uri = PUSHED_URN + (await pushed.save(PUSHED));
      return `${tenant.issuer}/auth?${new URLSearchParams({ client_id: clientId, request_uri })}`;
    },

    async redeem(clientId, value) {
      const code = await provider.AuthorizationCode.find(value);
      if (!code?.isValid || code.clientId !== clientId) return undefined;
      try {
        await code.consume();
      } catch (error) {
        if (error instanceof errors.InvalidGrant) return undefined;
        throw error;
      }
      const { accountId, sessionUid, grantId = '', acr, amr, authTime } = code;
      const grant = await provider.Grant.find(grantId);
      if (!accountId || !sessionUid || !authTime || grant?.accountId !== accountId || grant.clientId !== clientId)
        return undefined;
      const user = await deps.findUser(tenant, accountId);
      if (!user) return undefined;
      const byScope = claimsByScope(tenant.settings);
      const names = new Set([
        ...grant
          .getOIDCScopeFiltered(code.scopes)
          .split(' ')
          .flatMap((scope) => byScope[scope] ?? []),
        ...grant.getOIDCClaimsFiltered(new Set(Object.keys(code.claims?.userinfo ?? {}))),
      ]);
      return {
        accountId,
        sessionUid,
        acr,
        amr: amr ?? [],
        authTime,
        claims: Object.fromEntries(Object.entries(user.claims).filter(([name]) => names.has(name))),
      };
    },
  };
}
