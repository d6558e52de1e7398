import { createHmac, timingSafeEqual } from 'node:crypto';
import Provider from 'oidc-provider';

type MatchesSecret = (stored: string, given: string) => boolean;

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/**
 * Whether the request that is being answered goes by this secret: shows it (RFC 6749 2.3.1), or has signed with it its
 * assertion (`client_secret_jwt`) or its request object. Only tells two secrets of a client apart: the protocol core then
 * checks all of it with the one that it is given.
 */
export function isPresented(stored: string, matches: MatchesSecret): boolean {
  const ctx = Provider.ctx;
  // The core's own getter, which is not there before a route was found.
  const params = (ctx as Partial<NonNullable<typeof ctx>> | undefined)?.oidc?.params;
  if (!ctx || !params) return false;
  const { client_secret, client_assertion, request } = params;
  const shown = typeof client_secret === 'string' ? client_secret : basicSecret(ctx.get('authorization'));
  if (shown !== undefined) return matches(stored, shown);
  return [client_assertion, request].some((jwt) => typeof jwt === 'string' && isSignedWith(stored, jwt));
}

function basicSecret(header: string): string | undefined {
  const [scheme = '', value = ''] = header.split(' ');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [, ...rest] = Buffer.from(value, 'base64').toString().split(':');
  try {
    return decodeURIComponent(rest.join(':').replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** RFC 7515 5.2, RFC 7518 3.2. */
function isSignedWith(secret: string, jwt: string): boolean {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const hash = HASHES[algOf(header)];
  if (!hash) return false;
  const wanted = createHmac(hash, secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function algOf(header: string): string {
  try {
    return String(JSON.parse(Buffer.from(header, 'base64url').toString()).alg);
  } catch {
    return '';
  }
}
