import type { Accounts } from '../../accounts/accounts.ts';
import type { EmailChange } from '../../accounts/change/email-change.ts';
import type { Answer as Proven } from '../../accounts/ports.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { linkGone, tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { textOf } from '../../http/fields.ts';
import type { FromOf } from '../from.ts';
import { changeJourney } from '../journey.ts';
import { linkTo } from '../link-url.ts';
import type { Answer, Asked, LoginStep, Visit } from '../visit.ts';
import { againLater, codeError } from './codes-refused.ts';

const ASKED: readonly Asked[] = ['verify_email'];
const LINK = 'verify-email-link';

/** An address that nobody has proven yet, and that the account is not to be used without. */
export function verifyEmailStep(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  emailChange: Pick<EmailChange, 'begin' | 'confirm'>;
  codes: Pick<Codes, 'peekLink'>;
  fromOf: FromOf;
}): LoginStep {
  const addressOf = async ({ tenant, account }: Visit) => (await deps.accounts.get(tenant, account!.id))?.email ?? '';

  async function confirm({ ctx, tenant, interaction, account }: Visit, proven: Proven): Promise<Answer> {
    const { uid } = interaction;
    const confirmed = await deps.emailChange.confirm(tenant, account!.id, uid, proven, deps.fromOf(ctx));
    if (!confirmed.ok) {
      if (confirmed.reason === 'throttled') throw tooManyRequests(confirmed.retryAfter ?? 60);
      return { again: { errors: [codeError(confirmed.reason)] } };
    }
    await changeJourney(tenant, uid, ({ sent: _, ...journey }) => journey);
    return undefined;
  }

  return {
    pages: {
      async verify_email(visit, { errors, status }) {
        const { sent } = visit.journey;
        const isSent = sent?.purpose === 'verify_email';
        return {
          view: 'verify-email',
          status: status ?? (errors.length ? 422 : 200),
          data: {
            errors,
            email: await addressOf(visit),
            isSent,
            minutes: MINUTES,
            waitFor: isSent ? Math.max(0, sent.again - seconds(deps.clock)) : 0,
          },
        };
      },
    },

    opened: {
      async [LINK](ctx, visit) {
        const token = typeof ctx.query.token === 'string' ? ctx.query.token : '';
        const opened = { purpose: 'email_change' as const, binding: visit?.interaction.uid, token };
        const link = await deps.codes.peekLink(ctx.state.tenant, { ...opened, origin: deps.fromOf(ctx) });
        if (!link) throw linkGone();
        if (!link.sameBrowser) return { view: 'address-elsewhere', data: { code: link.code } };
        return { view: 'address-link', data: { token, step: LINK } };
      },
    },

    forms: {
      'verify-email': { answers: ASKED, take: (visit, form) => confirm(visit, { code: textOf(form, 'code') }) },
      [LINK]: { answers: ASKED, take: (visit, form) => confirm(visit, { token: form.get('token') ?? '' }) },

      'verify-email-send': {
        answers: ASKED,
        async take(visit) {
          const { ctx, tenant, interaction, account } = visit;
          const { uid } = interaction;
          const email = await addressOf(visit);
          const from = deps.fromOf(ctx);
          const sent = await deps.emailChange.begin(tenant, account!.id, email, uid, from, linkTo(visit, LINK));
          if (!sent.ok) return againLater(visit, sent.retryAfter);
          const mark = { way: 'email_link', purpose: 'verify_email' } as const;
          const again = seconds(deps.clock) + sent.resendIn;
          await changeJourney(tenant, uid, (journey) => ({ ...journey, sent: { ...mark, again } }));
          return undefined;
        },
      },
    },
  };
}
