import { cspSourceOf } from '../core/csp-source.ts';

/** Source expressions of somebody else's script that the page needs, by directive. */
export type ThirdParty = { script: string[]; frame: string[]; style: string[]; connect: string[] };

const NOBODY: ThirdParty = { script: [], frame: [], style: [], connect: [] };

/**
 * Content-Security-Policy of a page (CSP Level 3).
 * `formAction`: URIs, origins or schemes of apps (`com.example.app:`) that redirects after a submit may lead to, because
 * Chromium enforces the directive along redirects.
 * `images`: URIs of logos on other hosts.
 */
export function contentSecurityPolicy(
  options: { formAction?: string[] | undefined; images?: string[]; thirdParty?: ThirdParty | undefined } = {},
): string {
  const { formAction = [], images = [], thirdParty: { script, frame, style, connect } = NOBODY } = options;
  return [
    "default-src 'none'",
    ["script-src 'self'", ...script].join(' '),
    ["style-src 'self'", ...style].join(' '),
    ...(frame.length > 0 ? [['frame-src', ...frame].join(' ')] : []),
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
