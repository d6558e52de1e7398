import type { NameIdFormat } from '../clients/saml.ts';
import { samlCallback } from '../clients/service-provider.ts';
import { type Clock, seconds } from '../core/clock.ts';
import { requestFor } from '../oidc/claims.ts';
import type { CodeFlow } from '../oidc/code-flow.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { claimsFor } from './attributes.ts';
import type { RequestedContext } from './messages/authn-request.ts';
import type { NameId } from './messages/name-id.ts';
import type { ServiceProvider } from './service-provider.ts';
import { tickets } from './ticket.ts';

/** Seconds: as long as the pages wait for somebody to sign in, and a little. */
const TTL = 3660;

/** A sign-in under way, for the answer to it. `begunAt` in seconds since the epoch. */
export type SignIn = {
  clientId: string;
  acs: string;
  /** Undefined for one that began here. */
  requestId?: string;
  relayState?: string;
  nameIdFormat: NameIdFormat;
  context?: RequestedContext;
  subject?: NameId;
  isForced: boolean;
  begunAt: number;
};

const underWay = tickets<SignIn>('SamlSignIn', TTL);

export const takeSignIn = (tenant: Tenant, state: unknown): Promise<SignIn> => underWay.take(tenant, state);

/** Where the browser is to go, to sign in as for any client of the tenant. */
export async function beginSignIn(
  deps: { clock: Clock; codeFlow: CodeFlow },
  tenant: Tenant,
  sp: ServiceProvider,
  wishes: Omit<SignIn, 'clientId' | 'begunAt'> & { acrValues: string[]; isPassive: boolean },
): Promise<string> {
  const { acrValues, isPassive, ...kept } = wishes;
  const state = await underWay.leave(tenant, { ...kept, clientId: sp.id, begunAt: seconds(deps.clock) });
  return deps.codeFlow.begin(sp.id, {
    ...requestFor(tenant.settings, claimsFor(sp.saml)),
    redirect_uri: samlCallback(tenant),
    state,
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    ...(isPassive && { prompt: 'none' }),
    ...(kept.isForced && { prompt: 'login' }),
    ...(kept.subject?.value.includes('@') && { login_hint: kept.subject.value }),
  });
}
