import type { Configuration } from 'oidc-provider';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * A tenant's cookies never reach another tenant: they are bound to the host, or to the path of the issuer. `__Host-`
 * would demand the path "/", so it is for issuers with an own host; on https all others are `__Secure-`.
 * The interaction cookies have paths of their own in both cases.
 */
export function cookies(tenant: Tenant): Configuration['cookies'] {
  const https = tenant.issuer.startsWith('https:');
  const secure = https ? '__Secure-' : '';
  const options = { httpOnly: true, sameSite: 'lax', secure: https, overwrite: true } as const;
  return {
    names: {
      session: `${https && tenant.basePath === '' ? '__Host-' : secure}session`,
      interaction: `${secure}interaction`,
      resume: `${secure}resume`,
    },
    long: { ...options, path: tenant.basePath || '/' },
    short: options,
    keys: [tenant.secretFor('cookies').toString('base64url')],
  };
}
