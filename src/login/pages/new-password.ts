import type { Recovery } from '../../accounts/recovery.ts';
import { isError } from '../../core/errors.ts';
import type { Passwords } from '../../factors/password/passwords.ts';
import type { FieldError } from '../../http/fields.ts';
import { passwordErrors, rulesFor } from '../../http/new-password.ts';
import type { Page } from '../../http/page.ts';
import type { FromOf } from '../from.ts';
import type { LoginContext } from '../state.ts';
import { type Standalone, tokenOf } from './standalone.ts';
import { wayBack } from './way-back.ts';

/** The link of a mail to a new password: to look at it uses nothing up (T097), to set one does. */
export function newPasswordPages(deps: {
  recovery: Pick<Recovery, 'look' | 'reset'>;
  passwords: Pick<Passwords, 'rulesOf'>;
  fromOf: FromOf;
}): Standalone[] {
  async function page({ state: { tenant } }: LoginContext, token: string, errors: FieldError[] = []): Promise<Page> {
    const owner = await deps.recovery.look(tenant, token);
    if (!owner) return GONE;
    const data = { ...owner, errors, token, ...rulesFor(deps.passwords, tenant) };
    return { view: 'new-password', status: errors.length ? 422 : 200, data };
  }

  return [
    {
      path: '/recovery/password',
      show: (ctx) => page(ctx, tokenOf(ctx)),
      async take(ctx, form) {
        const { tenant } = ctx.state;
        const token = form.get('token') ?? '';
        const password = form.get('password') ?? '';
        if (!password) return page(ctx, token, [{ field: 'password', message: 'errors.password_missing' }]);
        try {
          await deps.recovery.reset(tenant, token, password, deps.fromOf(ctx));
        } catch (error) {
          if (isError(error, 'link_gone')) return GONE;
          return page(ctx, token, passwordErrors(error, rulesFor(deps.passwords, tenant)));
        }
        return `${tenant.basePath}/recovery/done`;
      },
    },
    { path: '/recovery/done', show: async (ctx) => ({ view: 'recovery-done', data: { back: wayBack(ctx) } }) },
  ];
}

const GONE: Page = { view: 'recovery-gone', status: 400 };
