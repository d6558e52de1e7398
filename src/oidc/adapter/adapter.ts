import type { Adapter } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import type { Attacks } from '../../risk/attacks.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { refreshTokenKey } from '../token-ids.ts';
import { clientAdapter, type FindClient } from './client.ts';
import { genericAdapter } from './generic.ts';
import { grantAdapter } from './grant.ts';
import { interactionAdapter } from './interaction.ts';
import { isPresented } from './presented-secret.ts';
import { refreshTokenAdapter } from './refresh-token.ts';
import { replayAdapter } from './replay.ts';
import { sessionAdapter } from './session.ts';
import { waitingAdapter } from './waiting.ts';

/** Whether a client's secret, as given, is the one behind what is stored. */
export type SecretMatches = (tenant: Tenant, clientId: string, stored: string, given: string) => boolean;

/** The protocol core's storage for one tenant: by model name, over the tenant's own artifacts. */
export function createAdapter(
  tenant: Tenant,
  deps: { findClient: FindClient; secretMatches: SecretMatches; clock: Clock; attacks: Pick<Attacks, 'report'> },
): (model: string) => Adapter {
  const { artifacts } = tenant.store;
  const clients = clientAdapter(
    deps.findClient,
    (clientId, { client_secret, until }) =>
      until > deps.clock() &&
      isPresented(client_secret, (stored, given) => deps.secretMatches(tenant, clientId, stored, given)),
  );
  return (model) => {
    switch (model) {
      case 'Client':
        return clients;
      case 'Grant':
        return grantAdapter(artifacts, async (clientId) => (await clients.find(clientId)) || undefined);
      case 'Interaction':
        return interactionAdapter(artifacts);
      case 'Session':
        return sessionAdapter(artifacts);
      case 'RefreshToken':
        return refreshTokenAdapter({
          artifacts,
          key: refreshTokenKey(tenant),
          leeway: tenant.settings.tokens.refresh_retry_leeway,
          clock: deps.clock,
        });
      case 'ReplayDetection':
        return replayAdapter(artifacts);
      case 'DeviceCode':
      case 'BackchannelAuthenticationRequest':
        return waitingAdapter(model, { tenant, clock: deps.clock, attacks: deps.attacks });
      default:
        return genericAdapter(model, artifacts);
    }
  };
}
