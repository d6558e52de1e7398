import type { RecoveryCodes } from '../../factors/recovery-codes/recovery-codes.ts';
import { guesserOf } from '../guesser.ts';
import type { AccountLabel } from '../sign-in.ts';
import type { LoginStep } from '../visit.ts';

/**
 * The way back for who loses the second factor. Codes are made when they are asked for, never by showing a page; what
 * comes after them is the plan's word, as the account has them from then on.
 */
export function recoveryCodesStep(deps: {
  accountLabel: AccountLabel;
  recoveryCodes: Pick<RecoveryCodes, 'generate'>;
}): LoginStep {
  return {
    pages: { recovery_codes: async () => ({ view: 'recovery-codes' }) },

    forms: {
      'recovery-codes': {
        answers: ['recovery_codes'],
        async take({ ctx, tenant, account }) {
          const codes = await deps.recoveryCodes.generate(tenant, account!.id, guesserOf(ctx));
          const label = await deps.accountLabel(tenant, account!.id);
          return { page: { view: 'recovery-codes-shown', data: { codes, account: label } } };
        },
      },
    },
  };
}
