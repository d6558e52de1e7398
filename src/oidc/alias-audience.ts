import type Provider from 'oidc-provider';
import type { Tenant } from '../tenants/tenant.ts';
import { aliasBase, type MutualTls } from './features/mtls.ts';

/**
 * Clients that go to the listener for certificates name its addresses (RFC 8705 5) as the audience of their assertions, as
 * they name the others (RFC 7523 3). They lead here and nowhere else. FAPI 2.0 takes the issuer only, which the core sees to.
 */
export function takeAliasesAsAudience(provider: Provider, tenant: Tenant, mutualTls: MutualTls | undefined): void {
  const base = aliasBase(tenant, mutualTls);
  if (!base) return;
  const methods = provider.OIDCContext.prototype;
  const expected = methods.clientJwtAuthExpectedAudience;
  methods.clientJwtAuthExpectedAudience = function expectedOrAlias() {
    const urls = [...expected.call(this)];
    const endpoints = urls.filter((url) => url.startsWith(`${tenant.issuer}/`));
    return new Set([...urls, ...endpoints.map((url) => base + url.slice(tenant.issuer.length))]);
  };
}
