import { GRANT_SCOPES } from '../tenants/settings/grant-management.ts';
import { SIGNALS_SCOPES } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Metadata } from './record.ts';

/**
 * What `scope` allows a client, in two parts. The protocol core takes a list of its own scopes only, and none for "all":
 * `openid` is therefore never taken away. `api_scope` is held against each request for an API.
 */
export function scopeForProtocol({ settings }: Tenant, { scope }: Metadata): Metadata {
  if (typeof scope !== 'string') return {};
  const names = scope.split(' ').filter(Boolean);
  const ofApis = new Set<string>([
    ...settings.resources.flatMap((resource) => resource.scopes),
    ...SIGNALS_SCOPES,
    ...GRANT_SCOPES,
  ]);
  return {
    scope: [...new Set(['openid', ...names.filter((name) => !ofApis.has(name))])].join(' '),
    api_scope: names.filter((name) => ofApis.has(name)).join(' '),
  };
}
