import type { Accounts } from '../../accounts/accounts.ts';
import type { Recovery } from '../../accounts/recovery.ts';
import type { FromOf } from '../from.ts';
import { changeJourney } from '../journey.ts';
import { maskedEmail } from '../masked.ts';
import type { LoginStep } from '../visit.ts';

/**
 * Others may know the password: who has typed it is told so, and only the mailbox leads to the next one. The address is not
 * told to somebody who may be one of those others.
 */
export function resetPasswordStep(deps: {
  accounts: Pick<Accounts, 'get'>;
  recovery: Pick<Recovery, 'requestReset'>;
  fromOf: FromOf;
}): LoginStep {
  return {
    pages: {
      async reset_password({ tenant, journey, account }) {
        const user = await deps.accounts.get(tenant, account!.id);
        const data = { address: maskedEmail(user?.email ?? ''), isSent: journey.resetSent === account!.id };
        return { view: 'reset-password', data };
      },
    },

    forms: {
      'reset-password': {
        answers: ['reset_password'],
        async take({ ctx, tenant, interaction, journey, account }) {
          const user = await deps.accounts.get(tenant, account!.id);
          if (!user || journey.resetSent === user.id) return undefined;
          await deps.recovery.requestReset(tenant, user.email, deps.fromOf(ctx));
          await changeJourney(tenant, interaction.uid, (now) => ({ ...now, resetSent: user.id }));
          return undefined;
        },
      },
    },
  };
}
