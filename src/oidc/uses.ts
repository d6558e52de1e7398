import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isWorthRenewing } from '../clients/unused.ts';
import type { Clock } from '../core/clock.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Puts off the end of a client that is to be gone when nobody uses it. Never fails. */
export type ClientUsed = (tenant: Tenant, clientId: string) => void;

/** Hears which clients are used, of those that would be gone else. */
export function countUses(provider: Provider, used: (clientId: string) => void, clock: Clock): void {
  const hear = ({ oidc: { client } }: KoaContextWithOIDC) => {
    const expiry = client?.unused_expiry as { at: number; ttl: number } | undefined;
    if (client && expiry && isWorthRenewing(expiry, clock())) used(client.clientId);
  };
  provider.on('grant.success', hear);
  provider.on('authorization.success', hear);
}
