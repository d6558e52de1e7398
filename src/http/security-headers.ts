/** Names and values; not the class of the Fetch API. */
export type HeaderFields = Readonly<Record<string, string>>;

const always = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'X-Permitted-Cross-Domain-Policies': 'none',
};

const overPlain: HeaderFields = Object.freeze(always);
// Without includeSubDomains: a tenant's own host has neighbours that are none of our business.
const overTls: HeaderFields = Object.freeze({ ...always, 'Strict-Transport-Security': 'max-age=63072000' });

/** What every response carries, pages and protocol alike. The same object for each call: it costs nothing. */
export const securityHeaders = (issuer: string): HeaderFields => (issuer.startsWith('https:') ? overTls : overPlain);
