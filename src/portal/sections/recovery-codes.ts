import type { RecoveryCodes } from '../../factors/recovery-codes/recovery-codes.ts';
import { mayAdd, refuseUnless } from '../offers.ts';
import { created } from '../times.ts';
import type { Section } from '../visit.ts';

const PATH = '/account/recovery-codes';

/** How many are left; new ones are shown this once, and end the old. */
export function recoveryCodesSection({
  recoveryCodes,
}: {
  recoveryCodes: Pick<RecoveryCodes, 'status' | 'generate'>;
}): Section {
  return {
    path: PATH,
    isSensitive: true,
    pages: {
      async ''(visit) {
        const status = await recoveryCodes.status(visit.tenant, visit.user.id);
        const data = {
          isOffered: mayAdd(visit, 'recovery_code'),
          left: status?.left,
          made: status && created(status.createdAt),
        };
        return {
          view: 'portal/recovery-codes',
          data: { title: 'portal.recovery_codes.title', lead: 'recovery_codes.purpose', ...data },
        };
      },
    },
    forms: {
      async ''(visit) {
        refuseUnless(mayAdd(visit, 'recovery_code'));
        const { tenant, user, from } = visit;
        const codes = await recoveryCodes.generate(tenant, user.id, from);
        return { page: { view: 'portal/recovery-codes-shown', data: { codes, email: user.email } } };
      },
    },
  };
}
