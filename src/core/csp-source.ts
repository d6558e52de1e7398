/**
 * The source expression (CSP Level 3) for a URI, an origin or a bare scheme (`com.example.app:`); `undefined`, allow
 * nothing, for what has none or could be turned into script.
 */
export function cspSourceOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (!url || SCRIPTING.has(url.protocol)) return undefined;
  // Only a URI of a special scheme has an origin, and the grammar of host-source has no IPv6 literals.
  if (url.origin === 'null' || url.hostname.startsWith('[')) return url.protocol;
  // A URL's host may hold what ends a source, a directive or a header here: ' * , ;
  return /^[a-z]+:\/\/[\w.-]+(:\d+)?$/.test(url.origin) ? url.origin : undefined;
}

const SCRIPTING = new Set(['javascript:', 'data:', 'blob:', 'vbscript:', 'file:', 'about:']);
