import { type Account, errors } from 'oidc-provider';
import type { Cache } from '../core/cache.ts';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createBoundGrant } from './bound-grant.ts';
import type { OidcDeps } from './configuration.ts';
import { extendGrant, type GrantHandler, grantOf, type OpenProvider } from './core-grants.ts';
import { createExchange } from './exchange/exchange.ts';
import { EXCHANGE_DUPLICATES, EXCHANGE_PARAMS } from './exchange/request.ts';
import { methodsOf } from './model-methods.ts';
import { sharesSignIns } from './native-sso/allowed.ts';
import { createDeviceSecrets } from './native-sso/device-secrets.ts';
import { createNativeSso } from './native-sso/native-sso.ts';
import { isNativeSso } from './native-sso/request.ts';
import { revokeDeviceSecrets } from './native-sso/revocation.ts';
import { withDeviceSecret } from './native-sso/with-code.ts';
import { GRANT_TYPE, TOKEN_TYPE } from './token-types.ts';
import { createWorkloadGrant, WORKLOAD_DUPLICATES, WORKLOAD_PARAMS } from './workload/workload.ts';

/** The grants that the core has not, as far as the tenant offers them. */
export function addOwnGrants(tenant: Tenant, provider: OpenProvider, accounts: Cache<Account>, deps: OidcDeps): void {
  const { clock, findPerson, issuerKeys } = deps;
  const { token_exchange, native_sso } = protocolOf(tenant.settings);
  const hasWorkloads = tenant.settings.trusted_issuers.length > 0;
  if (!token_exchange && !native_sso && !hasWorkloads) return;
  const boundGrant = createBoundGrant(provider);

  if (token_exchange || native_sso) {
    const exchange = token_exchange
      ? createExchange(tenant, { clock, accounts, findPerson, boundGrant })
      : nothingElseToExchange;
    const nativeSso = native_sso ? addNativeSso(tenant, provider, { ...deps, accounts }) : exchange;
    const handler: GrantHandler = (ctx) => (isNativeSso(ctx) ? nativeSso : exchange)(ctx);
    provider.registerGrantType(GRANT_TYPE.exchange, handler, EXCHANGE_PARAMS, EXCHANGE_DUPLICATES);
  }
  if (hasWorkloads) {
    const workload = createWorkloadGrant(tenant, { clock, keys: issuerKeys, boundGrant });
    provider.registerGrantType(GRANT_TYPE.jwtBearer, workload, WORKLOAD_PARAMS, WORKLOAD_DUPLICATES);
  }
}

const nothingElseToExchange: GrantHandler = () => {
  throw new errors.InvalidRequest(
    `actor_token_type must be ${TOKEN_TYPE.deviceSecret}: nothing else is exchanged here`,
  );
};

/** Native SSO, but for its grant, which is a token exchange. */
function addNativeSso(
  tenant: Tenant,
  provider: OpenProvider,
  deps: OidcDeps & { accounts: Cache<Account> },
): GrantHandler {
  const secrets = createDeviceSecrets(tenant, deps.clock);
  const redeem = grantOf(provider, 'authorization_code');
  extendGrant(provider, 'authorization_code', 'device_secret', withDeviceSecret);
  provider.use(revokeDeviceSecrets(secrets));
  // Native SSO 3.4: by `sid` an ID token says whose session it may be exchanged in.
  const methods = methodsOf(provider.Client);
  const { includeSid } = methods;
  methods.includeSid = function includeSidIfShared() {
    return includeSid.call(this) || sharesSignIns(this);
  };
  return createNativeSso(tenant, redeem, { ...deps, secrets });
}
