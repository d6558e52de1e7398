import type { FactorName } from '../factors/proof.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What is sent, and comes back as a proof. */
const CODE_WAYS = ['email_code', 'email_link', 'sms_code'] as const satisfies readonly FactorName[];
export type CodeWay = (typeof CODE_WAYS)[number];

/** Those of the factors that can be sent here: by the tenant, never by the account. */
export const codeWaysOf = ({ settings }: Tenant, factors: readonly FactorName[]): CodeWay[] =>
  CODE_WAYS.filter((way) => factors.includes(way) && (way !== 'sms_code' || settings.sms.countries.length > 0));
