import { isLoopback } from '../core/loopback.ts';

/** Each check gives what is wrong with a URI, or undefined. */
type Verdict = string | undefined;

/**
 * A redirect URI is compared as a string (RFC 9700 2.1), so what is registered must say one thing to every reader:
 * it is absolute, and written as every URL parser would write it.
 */
export function redirectUriProblem(value: string, native: boolean, production: boolean): Verdict {
  const spelling = spellingProblem(value);
  if (spelling) return spelling;
  const url = URL.parse(value);
  if (!url) return 'must be an absolute URI, e.g. https://app.example.com/callback';
  if (value.includes('#')) return 'must not have a fragment (RFC 6749 3.1.2)';
  if (value.includes('*')) return 'must not have a wildcard: redirect URIs are compared exactly (RFC 9700 2.1)';
  return authorityProblem(value) ?? schemeProblem(url, native, production) ?? formProblem(value, url);
}

/** A page that people are sent to, or an endpoint that is called: https, or http on this machine. */
export function webUriProblem(value: string): Verdict {
  const spelling = spellingProblem(value);
  if (spelling) return spelling;
  const url = URL.parse(value);
  if (!url || !isWeb(url)) return 'must be an https URI (http only for loopback hosts)';
  return authorityProblem(value);
}

function spellingProblem(value: string): Verdict {
  if (value.length > 2048) return 'must be at most 2048 characters';
  if (!/^[\x21-\x7e]+$/.test(value))
    return 'must be printable ASCII without spaces (RFC 3986): punycode for hosts, percent-encoding for the rest';
  return value.includes('\\') ? 'must not have a backslash' : undefined;
}

const authorityProblem = (value: string): Verdict =>
  /^[^/?]*:\/*[^/?]*@/.test(value) ? 'must not have user information before the host' : undefined;

function schemeProblem(url: URL, native: boolean, production: boolean): Verdict {
  const scheme = url.protocol.slice(0, -1);
  if (scheme === 'https') return undefined;
  if (scheme === 'http') {
    if (!isLoopback(url.hostname)) return 'must be https (http only for loopback hosts)';
    return native || !production
      ? undefined
      : 'must be https in production (http on loopback only for application_type native)';
  }
  // RFC 8252 7.1: a reversed domain name of the app's maker, so that no two apps and no known scheme meet.
  if (!scheme.includes('.'))
    return `must be https or, for native apps, a private-use scheme such as com.example.app:/callback; not ${scheme}:`;
  return native ? undefined : 'may use a private-use scheme only with application_type native';
}

function formProblem(value: string, url: URL): Verdict {
  return value === url.href || `${value}/` === url.href ? undefined : `must be written in its normal form: ${url.href}`;
}

const isWeb = (url: URL) => url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
