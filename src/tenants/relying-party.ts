import { isIP } from 'node:net';
import { invalidInput } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import type { TenantSettingsInput } from './settings.ts';
import type { Tenant } from './tenant.ts';

type Identity = Pick<Tenant, 'issuer' | 'settings'>;

/** The tenant's RP ID (WebAuthn L3 5.1.2). Tenants below one host have the same: which account it is for is ours to tell. */
export const rpIdOf = ({ issuer, settings }: Identity): string => settings.passkeys.rp_id ?? new URL(issuer).hostname;

/** The origins of which passkeys are taken. None where browsers have no WebAuthn: plain http, or an address for a name. */
export function rpOriginsOf({ issuer, settings }: Identity): string[] {
  const { origin, protocol, hostname } = new URL(issuer);
  const isAddress = isIP(hostname) !== 0 || hostname.startsWith('[');
  if (isAddress || !(protocol === 'https:' || isLoopback(hostname))) return [];
  return [origin, ...settings.passkeys.related_origins];
}

/** Refuses settings that browsers would not take, or that would speak for other tenants (error `invalid_input`). */
export function checkRelyingParty(issuer: string, { passkeys = {} }: TenantSettingsInput): void {
  const { hostname, pathname } = new URL(issuer);
  const { rp_id, related_origins = [] } = passkeys;
  const isParent = rp_id?.includes('.') && hostname.endsWith(`.${rp_id}`);
  if (rp_id !== undefined && rp_id !== hostname && !isParent)
    refuse('rp_id', `must be the host of the issuer, "${hostname}", or a domain above it`);
  // The list stands at the host, so it would open the passkeys of all tenants there.
  if (related_origins.length > 0 && pathname !== '/')
    refuse('related_origins', 'needs an issuer on a host of its own; this tenant shares one');
}

function refuse(field: string, message: string): never {
  throw invalidInput(`passkeys.${field} ${message}`, [{ pointer: `/settings/passkeys/${field}`, message }]);
}
