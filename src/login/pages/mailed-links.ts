import type { EmailChange } from '../../accounts/change/email-change.ts';
import type { FactorReset } from '../../accounts/factor-reset.ts';
import type { From } from '../../accounts/ports.ts';
import type { Recovery } from '../../accounts/recovery.ts';
import { isError, linkGone } from '../../core/errors.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { FromOf } from '../from.ts';
import { type Standalone, tokenOf } from './standalone.ts';

type Use = {
  can(tenant: Tenant, token: string): Promise<boolean>;
  use(tenant: Tenant, token: string, from: From): Promise<unknown>;
};

/** Links of notices, by which an owner says no to what somebody else did: a button, then a word that it is done. */
export function mailedLinks(deps: {
  recovery: Pick<Recovery, 'canReport' | 'reportNotMe'>;
  factorReset: Pick<FactorReset, 'canCancel' | 'cancel'>;
  emailChange: Pick<EmailChange, 'canUndo' | 'undo'>;
  fromOf: FromOf;
}): Standalone[] {
  const { recovery, factorReset, emailChange } = deps;
  /** By the path; the texts of the pages are at `mailed.<name>`. */
  const uses: Record<string, { name: string } & Use> = {
    '/recovery/not-me': { name: 'not_me', can: recovery.canReport, use: recovery.reportNotMe },
    '/recovery/cancel': { name: 'cancel', can: factorReset.canCancel, use: factorReset.cancel },
    '/recovery/email': { name: 'email', can: emailChange.canUndo, use: emailChange.undo },
  };

  return Object.entries(uses).flatMap(([path, { name, can, use }]): Standalone[] => [
    {
      path,
      async show(ctx) {
        const token = tokenOf(ctx);
        if (!(await can(ctx.state.tenant, token))) throw linkGone();
        return { view: 'mailed-link', data: { name, token } };
      },
      async take(ctx, form) {
        const { tenant } = ctx.state;
        try {
          await use(tenant, form.get('token') ?? '', deps.fromOf(ctx));
        } catch (error) {
          // The address of before is another's by now.
          if (!isError(error, 'already_exists')) throw error;
          return { view: 'mailed-link-done', status: 409, data: { isDone: false, ...wordsOf(name, 'taken') } };
        }
        return `${tenant.basePath}${path}/done`;
      },
    },
    {
      path: `${path}/done`,
      show: async () => ({ view: 'mailed-link-done', data: { isDone: true, ...wordsOf(name, 'done') } }),
    },
  ]);
}

const wordsOf = (name: string, end: string) => ({
  title: `mailed.${name}.${end}_title`,
  text: `mailed.${name}.${end}_text`,
});
