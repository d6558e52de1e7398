import type { Problem } from '../core/errors.ts';
import type { Metadata } from './record.ts';
import { webUriProblem } from './uris.ts';

/** OpenID Connect Back-Channel Logout 1.0 2.2, Front-Channel Logout 1.0 2. */
export function logoutUri(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a text';
  return webUriProblem(value) ?? (value.includes('#') ? 'must not have a fragment' : undefined);
}

/** Front-Channel Logout 1.0 2: what our page frames is at one of the client's own origins, as its redirect URIs say. */
export function frontchannelProblems(metadata: Metadata): Problem[] {
  const { frontchannel_logout_uri: uri, frontchannel_logout_session_required: isByName, redirect_uris } = metadata;
  if (uri === undefined)
    return isByName === true
      ? [{ pointer: '/frontchannel_logout_session_required', message: 'is of no use without frontchannel_logout_uri' }]
      : [];
  const message = logoutUri(uri) === undefined ? originProblem(new URL(String(uri)), redirect_uris) : undefined;
  return message === undefined ? [] : [{ pointer: '/frontchannel_logout_uri', message }];
}

function originProblem({ hostname, origin }: URL, redirectUris: unknown): string | undefined {
  // CSP Level 3 2.3.1: without a name of its own in frame-src it would need all of its scheme.
  if (hostname.startsWith('[')) return 'must not have an IPv6 address for its host: no frame-src can name it';
  const origins = (Array.isArray(redirectUris) ? redirectUris : []).flatMap(
    (one) => URL.parse(String(one))?.origin ?? [],
  );
  return origins.includes(origin)
    ? undefined
    : 'must have scheme, host and port of one of the redirect_uris (Front-Channel Logout 1.0 2)';
}
