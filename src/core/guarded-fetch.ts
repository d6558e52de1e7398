import { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { guardedLookup, type Lookup, mayReach, notPublic } from './guarded-lookup.ts';
import type { Networks } from './networks.ts';

/** Bytes; the protocol core reads answers of clients no further. */
export const RESPONSE_LIMIT = 64 * 1024;
const TIMEOUT = 2500;

/**
 * `fetch` for URLs that others chose (jwks_uri, sector_identifier_uri, ...). Every address a name resolves to must be a
 * public one, checked before anything is connected, and the connection goes to the checked address: what is inside
 * sees no packet, and a name that changes its mind (DNS rebinding) gains nothing. https only. No redirect is followed: it is
 * an error, or with `redirect: 'manual'` the answer.
 * `allowed` are networks the operator opened; there http is good enough too. `timeout` in milliseconds.
 */
export function createGuardedFetch(
  allowed: Networks,
  lookup: Lookup = dnsLookup,
  timeout: number = TIMEOUT,
): typeof globalThis.fetch {
  const agent = new Agent({
    connect: { lookup: guardedLookup(allowed, lookup), timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxResponseSize: RESPONSE_LIMIT,
  });

  return (async (input: string | URL, init: RequestInit = {}) => {
    const url = new URL(input);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Literal addresses are not looked up. The URL parser has made decimal, octal and hex forms plain already.
    if (isIP(host) && !mayReach(host, allowed)) throw notPublic(host);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (await isOpened(host)))) {
      throw new TypeError(`${url.protocol} is not allowed for outgoing requests, only https:`);
    }
    const redirect = init.redirect === 'manual' ? 'manual' : 'error';
    const options = { ...init, redirect, dispatcher: agent, signal: AbortSignal.timeout(timeout) };
    return undiciFetch(url, options as never);
  }) as typeof globalThis.fetch;

  function isOpened(host: string): Promise<boolean> {
    if (isIP(host)) return Promise.resolve(allowed(host));
    return new Promise((resolve) => {
      lookup(host, { all: true }, (error, found) => {
        resolve(!error && found.length > 0 && found.every(({ address }) => allowed(address)));
      });
    });
  }
}
