import type { Tenant } from '../tenants/tenant.ts';
import type { ClientRecord, Metadata } from './record.ts';
import { samlOf } from './saml.ts';

/**
 * Where a sign-in at a client can be begun anew: at the address that is for it, which has to be told the issuer
 * (OpenID Connect Core 4), else at the client's site, else at the site that it has its users sent back to. Undefined for a
 * native app that names none.
 */
export function homeOf(
  tenant: Tenant,
  { id, metadata }: ClientRecord & { id: string },
): { name: string; uri: string } | undefined {
  const { client_name, client_uri, initiate_login_uri } = metadata;
  const name = typeof client_name === 'string' ? client_name : id;
  if (typeof initiate_login_uri === 'string') {
    const url = new URL(initiate_login_uri);
    url.searchParams.set('iss', tenant.issuer);
    return { name, uri: url.href };
  }
  const uri = typeof client_uri === 'string' ? client_uri : siteOf(metadata);
  return uri === undefined ? undefined : { name, uri };
}

/** What answers a native app on its own machine serves nobody else, so that only https is a site of one. */
function siteOf(metadata: Metadata): string | undefined {
  const { redirect_uris, application_type } = metadata;
  const web = application_type === 'native' ? /^https:/ : /^https?:/;
  const uris = samlOf(metadata)?.acs.map((each) => each.uri) ?? redirect_uris;
  const uri = Array.isArray(uris) ? uris.find((each) => web.test(String(each))) : undefined;
  return uri && new URL('/', uri).href;
}
