import { open, seal } from '../core/sealing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { StreamRecord } from './records.ts';

const context = (tenant: Tenant, clientId: string) => `push authorization ${tenant.id} ${clientId}`;

/** What a receiver wants to be sent, by which it knows who pushes: a secret, sealed for its tenant and client. */
export const sealAuthorization = (tenant: Tenant, clientId: string, header: string): string =>
  seal(tenant.secretFor('signals'), header, context(tenant, clientId));

export const openAuthorization = (
  tenant: Tenant,
  { clientId, authorization }: Pick<StreamRecord, 'clientId' | 'authorization'>,
): string | undefined =>
  authorization === undefined
    ? undefined
    : open(tenant.secretFor('signals'), authorization, context(tenant, clientId)).toString();
