import type { Account } from 'oidc-provider';
import type { Cache } from '../core/cache.ts';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createBoundGrant } from './bound-grant.ts';
import type { OidcDeps } from './configuration.ts';
import type { OpenProvider } from './core-grants.ts';
import { createExchange } from './exchange/exchange.ts';
import { EXCHANGE_DUPLICATES, EXCHANGE_PARAMS } from './exchange/request.ts';
import { GRANT_TYPE } from './token-types.ts';
import { createWorkloadGrant, WORKLOAD_DUPLICATES, WORKLOAD_PARAMS } from './workload/workload.ts';

/** The grants that the core has not, as far as the tenant offers them. */
export function addOwnGrants(tenant: Tenant, provider: OpenProvider, accounts: Cache<Account>, deps: OidcDeps): void {
  const { clock, findPerson, issuerKeys } = deps;
  const { token_exchange } = protocolOf(tenant.settings);
  const hasWorkloads = tenant.settings.trusted_issuers.length > 0;
  if (!token_exchange && !hasWorkloads) return;
  const boundGrant = createBoundGrant(provider);

  if (token_exchange) {
    const exchange = createExchange(tenant, { clock, accounts, findPerson, boundGrant });
    provider.registerGrantType(GRANT_TYPE.exchange, exchange, EXCHANGE_PARAMS, EXCHANGE_DUPLICATES);
  }
  if (hasWorkloads) {
    const workload = createWorkloadGrant(tenant, { clock, keys: issuerKeys, boundGrant });
    provider.registerGrantType(GRANT_TYPE.jwtBearer, workload, WORKLOAD_PARAMS, WORKLOAD_DUPLICATES);
  }
}
