import type { Tenant } from '../tenants/tenant.ts';

/** Characters of a request's path and query. */
export const MAX_URL = 8192;

/** The methods that are answered, by path below an issuer. */
const METHODS: Record<string, readonly string[]> = {
  '/auth': ['GET'],
  '/me': ['GET', 'POST', 'OPTIONS'],
  '/token': ['POST', 'OPTIONS'],
  '/token/introspection': ['POST', 'OPTIONS'],
  '/token/revocation': ['POST', 'OPTIONS'],
  '/request': ['POST', 'OPTIONS'],
  '/device': ['GET'],
  '/device/auth': ['POST', 'OPTIONS'],
  '/backchannel': ['POST'],
  '/session/end': ['GET'],
  '/session/end/success': ['GET'],
  '/jwks': ['GET', 'OPTIONS'],
  '/.well-known/openid-configuration': ['GET', 'OPTIONS'],
  '/.well-known/oauth-authorization-server': ['GET'],
};

/** Where a request that waited for its user goes on. */
const RESUME = /^\/(auth|device)\/[\w-]+$/;

/** Undefined for what is not the protocol's, as far as the tenant offers it. */
export function protocolMethods(path: string, { settings }: Pick<Tenant, 'settings'>): readonly string[] | undefined {
  const { device_authorization, ciba } = settings.protocol;
  if (path.startsWith('/device') && !device_authorization.enabled) return undefined;
  if (path === '/backchannel' && !ciba.enabled) return undefined;
  return METHODS[path] ?? (RESUME.test(path) ? METHODS['/auth'] : undefined);
}

/** A path of the protocol, without what is in it of one request: for labels. */
export const routeOf = (path: string): string => (METHODS[path] ? path : `/${RESUME.exec(path)?.[1]}/resume`);

/** No browser goes here of its own: the caller is a program, which reads JSON (RFC 6749 5.2). */
export const isForPrograms = (path: string): boolean =>
  Object.hasOwn(METHODS, path) && path !== '/auth' && path !== '/device' && !path.startsWith('/session/');

/** Sent from memory, to whoever asks. */
export const isDocument = (path: string) => path === '/jwks' || path.startsWith('/.well-known/');
