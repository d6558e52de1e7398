import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { rpOriginsOf } from '../../tenants/relying-party.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Notify } from '../notices.ts';
import { createAuthentication } from './authenticate.ts';
import { createEnrolment } from './enrol.ts';
import { createKeeping } from './keep.ts';
import { signals, unknownSignal } from './signals.ts';

/** Passkeys of users (WebAuthn L3): made, asked for, kept. Each change and each refusal is one audit event. */
export function createPasskeys(deps: { clock: Clock; audit: Audit; notify: Notify }) {
  return {
    /** Whether browsers can have passkeys for the tenant at all: not over plain http, nor for an address without a name. */
    isAvailable: (tenant: Tenant): boolean => rpOriginsOf(tenant).length > 0,
    ...createEnrolment(deps),
    ...createAuthentication(deps),
    ...createKeeping(deps),
    signals,
    unknownSignal,
  };
}

export type Passkeys = ReturnType<typeof createPasskeys>;
