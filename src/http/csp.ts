import { cspSourceOf } from '../core/csp-source.ts';

/** Source expressions of somebody else's script that the page needs, by directive. */
export type ThirdParty = { script: string[]; frame: string[]; style: string[]; connect: string[] };

const NOBODY: ThirdParty = { script: [], frame: [], style: [], connect: [] };

/**
 * Content-Security-Policy of a page (CSP Level 3).
 * `formAction`: URIs, origins or schemes of apps (`com.example.app:`) that redirects after a submit may lead to, because
 * Chromium enforces the directive along redirects.
 * `frames`: URIs of what the page has in frames.
 * `images`: URIs of logos on other hosts.
 */
export function contentSecurityPolicy(
  options: {
    formAction?: string[] | undefined;
    frames?: string[] | undefined;
    images?: string[];
    thirdParty?: ThirdParty | undefined;
  } = {},
): string {
  const { formAction = [], frames = [], images = [], thirdParty = NOBODY } = options;
  const { script, frame, style, connect } = thirdParty;
  return [
    "default-src 'none'",
    ["script-src 'self'", ...script].join(' '),
    ["style-src 'self'", ...style].join(' '),
    ...(frame.length + frames.length > 0 ? [directive(['frame-src', ...frame].join(' '), frames)] : []),
    directive("img-src 'self' data:", images),
    ["connect-src 'self'", ...connect].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    directive("form-action 'self'", formAction),
  ].join('; ');
}

function directive(name: string, uris: string[]): string {
  const sources = new Set(uris.map(cspSourceOf).filter((source) => source !== undefined));
  return [name, ...sources].join(' ');
}
