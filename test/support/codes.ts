import { createCodes } from '../../src/factors/code/codes.ts';
import type { CodeDeps } from '../../src/factors/code/send.ts';
import { createAttacks } from '../../src/risk/attacks.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestTenants } from './tenants.ts';

type Outgoing = { template: string; to: string; data: Record<string, string | number | undefined> };

/** What codes need, with a box that the messages for somebody are in, in order; `queued` counts all. */
export function codesWith(at: TestTenants, policy = { countries: ['DE'], perHour: 100, perDay: 1000 }) {
  const box: Outgoing[] = [];
  const count = { queued: 0 };
  const send = async (_tenant: Tenant, message: Outgoing) => {
    count.queued += 1;
    if (!message.data.expiresAt) box.push(message);
    return '';
  };
  const attacks = createAttacks(at);
  const deps: CodeDeps = { ...at, attacks, mail: { send }, sms: { send }, smsPolicy: () => policy };
  return { codes: createCodes(deps), attacks, box, count, lastCode: () => String(box.at(-1)?.data.code) };
}
