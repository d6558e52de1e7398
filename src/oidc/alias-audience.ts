import type Provider from 'oidc-provider';
import type { Tenant } from '../tenants/tenant.ts';
import { aliasBase, type MutualTls } from './features/mtls.ts';

/**
 * An endpoint with two addresses (RFC 8705 5) is the same audience by either (RFC 7523 3), wherever it is called: clients take
 * the one from discovery and call the other. The core knows the one that was called. FAPI 2.0 takes the issuer only, which the
 * core sees to.
 */
export function takeAliasesAsAudience(provider: Provider, tenant: Tenant, mutualTls: MutualTls | undefined): void {
  const alias = aliasBase(tenant, mutualTls);
  if (!alias) return;
  const bases = [tenant.issuer, alias];
  const methods = provider.OIDCContext.prototype;
  const expected = methods.clientJwtAuthExpectedAudience;
  methods.clientJwtAuthExpectedAudience = function expectedByEither() {
    const urls = [...expected.call(this)];
    const paths = urls.flatMap((url) =>
      bases.filter((base) => url.startsWith(`${base}/`)).map((base) => url.slice(base.length)),
    );
    return new Set([...urls, ...paths.flatMap((path) => bases.map((base) => base + path))]);
  };
}
