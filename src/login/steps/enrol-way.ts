import type { FactorName } from '../../factors/proof.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { LoginStep, StepPage } from '../visit.ts';

/** How one factor is added in the midst of a sign-in: the account is known, and has proven itself just now. */
export type EnrolWay = Pick<LoginStep, 'forms' | 'data'> & {
  factor: FactorName;
  /** Its icon, by name. */
  icon: string;
  /** Left out: always. */
  isAvailable?(tenant: Tenant): boolean;
  page: StepPage;
};
