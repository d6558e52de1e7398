import type { EmailChange } from '../../accounts/change/email-change.ts';
import { emailProblem } from '../../accounts/email.ts';
import { type FieldError, textOf } from '../../http/fields.ts';
import type { Page } from '../../http/page.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/email';

const REFUSALS: Record<string, string> = {
  wrong: 'errors.code_wrong',
  used_up: 'errors.code_used_up',
  throttled: 'errors.code_throttled',
  taken: 'portal.email.taken',
};

/** Another e-mail address: it counts once the code that was sent there has come back to this session, or its link. */
export function emailSection({ emailChange }: { emailChange: Pick<EmailChange, 'begin' | 'confirm'> }): Section {
  return {
    path: PATH,
    isSensitive: true,
    pages: { '': (visit) => page(visit), '/code': () => codePage() },
    forms: {
      async ''(visit, form) {
        const { tenant, session, user, from } = visit;
        const email = textOf(form, 'email');
        if (emailProblem(email))
          return { page: await page(visit, email, { field: 'email', message: 'portal.email.refused' }) };
        const sent = await emailChange.begin(tenant, user.id, email, session.uid, from);
        if (sent.ok) return { done: { message: 'portal.email.sent', values: { email } }, at: `${PATH}/code` };
        const minutes = Math.ceil((sent.retryAfter ?? 60) / 60);
        return { page: await page(visit, email, { field: '', message: 'errors.code_wait', values: { minutes } }) };
      },
      async '/code'({ tenant, session, user, from }, form) {
        const answer = { code: textOf(form, 'code') };
        const result = await emailChange.confirm(tenant, user.id, session.uid, answer, from);
        if (!result.ok)
          return { page: await codePage({ field: 'code', message: REFUSALS[result.reason] ?? 'errors.code_expired' }) };
        return { done: { message: 'portal.email.changed', values: { email: result.user.email } }, at: PATH };
      },
    },
  };
}

async function page({ user }: PortalVisit, email = '', ...errors: FieldError[]): Promise<Page> {
  const now = { email: user.email, isVerified: user.email_verified };
  return { view: 'portal/email', data: { title: 'portal.email.title', errors, email, now } };
}

const codePage = async (...errors: FieldError[]): Promise<Page> => ({
  view: 'portal/email-code',
  data: { title: 'portal.email.title', errors },
});
