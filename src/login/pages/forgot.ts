import type { Recovery } from '../../accounts/recovery.ts';
import { tooManyRequests } from '../../core/errors.ts';
import { textOf } from '../../http/fields.ts';
import type { Page } from '../../http/page.ts';
import { countRecovery } from '../../risk/recoveries.ts';
import type { WorkAsked, WorkGate } from '../challenge.ts';
import type { FromOf } from '../from.ts';
import type { LoginContext } from '../state.ts';
import type { Standalone } from './standalone.ts';
import { keepWayBack, wayBack } from './way-back.ts';

const FORM = 'recovery';

/** For who cannot sign in: a link to a new password by mail. The answer is the same for whatever name is typed (T094). */
export function forgotPages(deps: {
  recovery: Pick<Recovery, 'requestReset'>;
  work: WorkGate;
  fromOf: FromOf;
}): Standalone[] {
  const page = async (ctx: LoginContext, shown: Partial<WorkAsked> & { identifier?: string } = {}): Promise<Page> => {
    const { errors = [], identifier = '', challenge = await deps.work.ahead({ ctx }, FORM) } = shown;
    return { view: 'recovery', status: errors.length ? 422 : 200, data: { errors, identifier, challenge } };
  };
  return [
    {
      path: '/recovery',
      async show(ctx) {
        keepWayBack(ctx);
        return page(ctx);
      },
      async take(ctx, form) {
        const { tenant, ip } = ctx.state;
        const identifier = textOf(form, 'identifier');
        if (!identifier) return page(ctx, { errors: [{ field: 'identifier', message: 'errors.identifier_missing' }] });
        const asked = await deps.work.ask({ ctx }, form, { name: FORM });
        if (asked) return page(ctx, { ...asked, identifier });
        const spent = await countRecovery(tenant, ip);
        if (!spent.allowed) throw tooManyRequests(spent.retryAfter);
        await deps.recovery.requestReset(tenant, identifier, deps.fromOf(ctx));
        return `${tenant.basePath}/recovery/sent`;
      },
    },
    {
      path: '/recovery/sent',
      show: async (ctx) => ({
        view: 'recovery-sent',
        data: { minutes: ctx.state.tenant.settings.recovery.reset_minutes, back: wayBack(ctx) },
      }),
    },
  ];
}
