import { createHash, type X509Certificate } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { Clock } from '../core/clock.ts';
import { equal } from '../core/hashing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { provenKey } from './dpop-proof.ts';
import { TOKEN_PREFIX } from './token-ids.ts';

/** What a client may do by a token for itself. */
export type ClientToken = { clientId: string; audience: string | undefined; scopes: string[] };

/** How a token comes. `dpop`: the proof beside it, where it comes by that scheme (RFC 9449 7.1). */
export type Presented = {
  token: string;
  certificate: X509Certificate | undefined;
  dpop?: { proof: string; method: string; url: string };
};

/**
 * The live opaque token of a client for itself (RFC 6749 4.4); undefined for every other text, and for one that is bound to
 * a key which the caller has not proven: to a certificate (RFC 8705 3) other than the one of the connection, or by DPoP.
 */
export type FindClientToken = (presented: Presented) => Promise<ClientToken | undefined>;

type Stored = {
  clientId?: string;
  scope?: string;
  aud?: string;
  iat?: number;
  jkt?: string;
  'x5t#S256'?: string;
  isExpired: boolean;
};

export const findClientToken =
  (tenant: Tenant, provider: Provider, clock: Clock): FindClientToken =>
  async ({ token, certificate, dpop }) => {
    if (!token.startsWith(TOKEN_PREFIX.ClientCredentials)) return undefined;
    const found = (await provider.ClientCredentials.find(token)) as unknown as Stored | undefined;
    if (!found?.clientId || found.isExpired) return undefined;
    const bound = found['x5t#S256'];
    if (bound !== undefined && !(certificate && equal(bound, thumbprint(certificate)))) return undefined;
    // Of a client that is there no more nothing is taken, nor of one that had the name before.
    const client = await provider.Client.find(found.clientId);
    if (!client || Number(found.iat) < Number(client.clientIdIssuedAt ?? 0)) return undefined;
    // RFC 9449 7.2: what is bound does not come as a bearer token, nor the other way round.
    if ((found.jkt === undefined) !== (dpop === undefined)) return undefined;
    if (dpop && (await provenKey(tenant, clock, dpop.proof, { ...dpop, token })) !== found.jkt) return undefined;
    return { clientId: found.clientId, audience: found.aud, scopes: found.scope?.split(' ') ?? [] };
  };

const thumbprint = ({ raw }: X509Certificate) => createHash('sha256').update(raw).digest('base64url');
