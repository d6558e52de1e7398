import type { EmailChange } from '../../accounts/change/email-change.ts';
import { linkGone } from '../../core/errors.ts';
import type { Codes } from '../../factors/code/codes.ts';
import type { FromOf } from '../from.ts';
import { type Standalone, tokenOf } from './standalone.ts';

/**
 * The link of a mail to an account's new address. It counts in the browser whose session began the change (that session's uid
 * is the binding); any other is shown the code to type there.
 */
export function verifyEmailPage(deps: {
  codes: Pick<Codes, 'peekLink'>;
  emailChange: Pick<EmailChange, 'confirm'>;
  fromOf: FromOf;
}): Standalone {
  return {
    path: '/account/email/verify',
    async show(ctx) {
      const { tenant, browserSessions } = ctx.state;
      const session = await browserSessions.find(ctx.req, ctx.res);
      const opened = { purpose: 'email_change' as const, binding: session?.uid, token: tokenOf(ctx) };
      const link = await deps.codes.peekLink(tenant, { ...opened, origin: deps.fromOf(ctx) });
      if (!link) throw linkGone();
      if (!link.sameBrowser) return { view: 'address-elsewhere', data: { code: link.code } };
      return { view: 'address-link', data: { token: opened.token } };
    },
    async take(ctx, form) {
      const { tenant, browserSessions } = ctx.state;
      const session = await browserSessions.find(ctx.req, ctx.res);
      if (!session) throw linkGone();
      const { accountId, uid } = session;
      const token = form.get('token') ?? '';
      const confirmed = await deps.emailChange.confirm(tenant, accountId, uid, { token }, deps.fromOf(ctx));
      if (!confirmed.ok) throw linkGone();
      return `${tenant.basePath}/account`;
    },
  };
}
