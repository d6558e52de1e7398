import { type Clock, seconds } from '../../core/clock.ts';
import { seal } from '../../core/sealing.ts';
import { authorizationUrl } from './authorization-url.ts';
import type { Connection } from './connection.ts';
import type { Discover, Provider } from './discovery.ts';
import { nonceOf, verifierOf } from './flow.ts';
import { validateIdToken } from './id-token.ts';
import { identityOf } from './identity.ts';
import { idTokenContext, idTokenKey } from './logout.ts';
import type { Told } from './presets.ts';
import type { Protocol } from './protocol.ts';
import { quoted, Refusal } from './refusal.ts';
import { redeemCode } from './token-request.ts';
import { userinfo } from './userinfo.ts';

type Deps = { clock: Clock; fetch: typeof globalThis.fetch; discover: Discover };
type Who = Pick<Parameters<typeof identityOf>[2], 'issuer' | 'subject' | 'signed' | 'told'> & { idToken?: string };

/** OpenID Connect, and OAuth 2.0 with userinfo. */
export const createOauth = (deps: Deps): Protocol => ({
  async url(tenant, connection, state, wishes) {
    const endpoint =
      connection.endpoints?.authorization ?? (await deps.discover(connection)).metadata.authorization_endpoint;
    return authorizationUrl(tenant, connection, endpoint, state, wishes);
  },

  async identify(tenant, connection, params, state, { maxAge }) {
    const provider = connection.type === 'oidc' ? await deps.discover(connection) : undefined;
    if (provider) checkIssuer(params.get('iss'), connection, provider);
    const code = codeOf(params);

    const endpoint = provider?.metadata.token_endpoint ?? connection.endpoints!.token;
    const audience = provider?.metadata.issuer ?? endpoint;
    const proof = { code, verifier: verifierOf(tenant, state) };
    const now = seconds(deps.clock);
    const tokens = await redeemCode(deps.fetch, tenant, connection, { endpoint, audience }, proof, now);

    const expected = { nonce: nonceOf(tenant, state), accessToken: tokens.access_token, maxAge };
    const who = provider
      ? await byIdToken(deps, connection, provider, tokens.id_token, expected)
      : await byUserinfo(deps, connection, tokens.access_token);
    const told = connection.nameInCallback ? { ...nameOf(params.get('user')), ...who.told } : who.told;
    const identity = identityOf(tenant, connection, { ...who, told, now: seconds(deps.clock) });
    if (!who.idToken || !connection.upstream.logout) return identity;
    return { ...identity, idToken: seal(idTokenKey(tenant), who.idToken, idTokenContext(connection.id)) };
  },
});

/** RFC 9207 2.4. Refused as `mix_up`. */
function checkIssuer(iss: string | null, connection: Connection, { metadata }: Provider): void {
  if (iss === null && !metadata.authorization_response_iss_parameter_supported) return;
  if (iss !== null && (iss === metadata.issuer || connection.announces?.(connection.issuer!, iss))) return;
  throw new Refusal('mix_up', `the answer is of ${iss === null ? 'no issuer' : quoted(iss)}`);
}

function codeOf(params: URLSearchParams): string {
  const error = params.get('error');
  if (error === 'access_denied' || error === 'user_cancelled_authorize') throw new Refusal('denied', 'it said no');
  if (error !== null) throw new Refusal('upstream_error', `it answered with the error ${quoted(error)}`);
  const code = params.get('code');
  if (!code) throw new Refusal('response_invalid', 'the answer has no code');
  return code;
}

async function byIdToken(
  { clock, fetch }: Deps,
  connection: Connection,
  provider: Provider,
  idToken: string | undefined,
  expected: { nonce: string; accessToken: string; maxAge: number | undefined },
): Promise<Who> {
  if (idToken === undefined) throw new Refusal('id_token_invalid', 'there is no ID token');
  const now = seconds(clock);
  const { claims, issuer } = await validateIdToken(idToken, connection, provider, { ...expected, now });
  const endpoint = connection.skipUserinfo ? undefined : provider.metadata.userinfo_endpoint;
  const more = endpoint ? await userinfo(fetch, endpoint, expected.accessToken) : {};
  // OpenID Connect Core 5.3.2: the claims of another user, by a token that was swapped.
  if (endpoint && more.sub !== claims.sub) throw new Refusal('subject_mismatch', 'userinfo is of another user');
  return { issuer, subject: claims.sub, signed: claims, told: { ...more, ...claims }, idToken };
}

async function byUserinfo({ fetch }: Deps, connection: Connection, accessToken: string): Promise<Who> {
  const endpoint = connection.endpoints!.userinfo;
  const told = await userinfo(fetch, endpoint, accessToken, connection.emails);
  const id = told[connection.subject];
  const subject = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  if (typeof subject !== 'string' || subject === '' || subject.length > 255)
    throw new Refusal('response_invalid', `userinfo has no usable "${connection.subject}"`);
  return { issuer: new URL(endpoint).origin, subject, signed: {}, told };
}

/** Apple tells the name once, beside the code and unsigned: good enough for a name, and for nothing else. */
function nameOf(user: string | null): Told {
  if (user === null || user.length > 2048) return {};
  try {
    const { firstName, lastName } = JSON.parse(user).name;
    return { given_name: firstName, family_name: lastName, name: [firstName, lastName].filter(Boolean).join(' ') };
  } catch {
    return {};
  }
}
