import { stepRefused } from '../../core/errors.ts';
import { oneOf } from '../../http/fields.ts';
import { interactionPath } from '../../oidc/interaction-path.ts';
import type { AccountLabel } from '../sign-in.ts';
import type { LoginStep } from '../visit.ts';

/** `prompt=select_account`: to go on as who is signed in, or as another. */
export function accountStep(deps: { accountLabel: AccountLabel }): LoginStep {
  return {
    pages: {
      async select_account({ tenant, interaction }) {
        const { accountId } = interaction;
        return { view: 'account', data: { account: accountId && (await deps.accountLabel(tenant, accountId)) } };
      },
    },

    forms: {
      account: {
        answers: ['select_account'],
        async take({ ctx, tenant, interaction }, form) {
          const { uid, accountId, client } = interaction;
          if (oneOf(form, 'choice', ['continue', 'other']) === 'other')
            return interactionPath(tenant, uid, { another: 'yes', client: client.id });
          if (accountId === undefined) throw stepRefused('account', 'login');
          return ctx.state.interactions.keepAccount(ctx.req, ctx.res, uid);
        },
      },
    },
  };
}
