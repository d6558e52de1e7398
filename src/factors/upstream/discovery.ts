import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { readThrough } from '../../core/cache.ts';
import { systemClock } from '../../core/clock.ts';
import { isError } from '../../core/errors.ts';
import { remoteKeys } from '../../core/remote-keys.ts';
import { isWebUri } from '../../core/web-uri.ts';
import { askJson } from './ask.ts';
import type { Connection } from './connection.ts';
import { type Preset, presets } from './presets.ts';
import { quoted, Refusal } from './refusal.ts';

const uri = z.string().refine(isWebUri);
/** OpenID Connect Discovery 3, as far as it is used here. */
const schema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: uri,
  token_endpoint: uri,
  jwks_uri: uri,
  userinfo_endpoint: uri.optional(),
  end_session_endpoint: uri.optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).default(['RS256']),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});
export type Metadata = z.output<typeof schema>;

/** What a provider says of itself, and its keys. */
export type Provider = { metadata: Metadata; keys: JWTVerifyGetKey };
export type Discover = (connection: Connection) => Promise<Provider>;

/** Milliseconds. */
const FRESH_FOR = 3600_000;

/**
 * Asked for once an hour; while the provider is down, the last answer holds. Keys are asked for every ten minutes, and
 * when a token names one that is not known. Refused as `unavailable`, `response_invalid`, `misconfigured`.
 */
export function createDiscovery(fetch: typeof globalThis.fetch): Discover {
  const providers = readThrough<Provider>({
    max: 1000,
    freshFor: FRESH_FOR,
    async load(key, stale) {
      const [issuer, preset] = JSON.parse(key) as [string, keyof typeof presets | null];
      const metadata = await load(fetch, issuer, preset ? presets[preset].announces : undefined);
      const uri = metadata.jwks_uri;
      if (stale?.metadata.jwks_uri === uri) return { metadata, keys: stale.keys };
      return { metadata, keys: keysAt(fetch, uri) };
    },
  });
  return async ({ issuer, upstream }) => (await providers.get(JSON.stringify([issuer, upstream.preset ?? null])))!;
}

async function load(
  fetch: typeof globalThis.fetch,
  issuer: string,
  announces: Preset['announces'] = () => false,
): Promise<Metadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, body } = await askJson(fetch, 'discovery', url);
  const parsed = schema.safeParse(body);
  if (status !== 200 || !parsed.success)
    throw new Refusal('misconfigured', `discovery answered ${status}, not with the metadata of a provider`);
  const announced = parsed.data.issuer;
  // OpenID Connect Discovery 4.3: another issuer's document may be a mix-up.
  if (announced !== issuer && !announces(issuer, announced))
    throw new Refusal('misconfigured', `discovery names another issuer, ${quoted(announced)}`);
  return parsed.data;
}

function keysAt(fetch: typeof globalThis.fetch, uri: string): JWTVerifyGetKey {
  const keys = remoteKeys(fetch, uri, systemClock);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (!isError(error, 'unavailable')) throw error;
      throw new Refusal('unavailable', 'the keys cannot be read', error);
    }
  };
}
