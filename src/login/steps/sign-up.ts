import { isOpen } from '../../accounts/registration/input.ts';
import type { Registration } from '../../accounts/registration/registration.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { tooManyRequests } from '../../core/errors.ts';
import { answerOf, formStamp, HONEYPOT, STAMP } from '../../risk/forms.ts';
import type { CountSignUp } from '../../risk/sign-ups.ts';
import type { WorkGate } from '../challenge.ts';
import type { FromOf } from '../from.ts';
import { changeJourney, type Journey, withPassed } from '../journey.ts';
import { linkTo } from '../link-url.ts';
import type { Prove } from '../prove.ts';
import type { SignUpForm } from '../sign-up-form.ts';
import { sealedTicket } from '../sign-up-ticket.ts';
import {
  type Again,
  type Asked,
  firstPath,
  isChoosing,
  type LoginStep,
  type MaybePage,
  type StepPage,
  stepOf,
  type Visit,
} from '../visit.ts';

/** As long as it is open who it is. */
export const SIGN_UP: readonly Asked[] = ['identify', 'select_account', 'create'];

const FORM = 'sign-up';
export const SHOWN = { show: FORM };

/** Whether the first page has a way to a new account. */
export const mayBegin = (visit: Visit): boolean =>
  isOpen(visit.tenant) && (isChoosing(visit) || stepOf(visit)?.ask !== 'verify');

/**
 * A new account in the midst of a sign-in: the form, at `?show=sign-up` or where the client asks for it. What comes back does
 * not tell whether the address has an account (T094).
 */
export function signUpStep(deps: {
  clock: Clock;
  prove: Prove;
  registration: Pick<Registration, 'begin'>;
  countSignUp: CountSignUp;
  work: WorkGate;
  form: SignUpForm;
  fromOf: FromOf;
  firstPage: StepPage;
  /** What comes after the form, once it was sent. */
  proofPage: MaybePage;
}): LoginStep {
  const page: StepPage = async (visit, shown) => {
    const { ctx, tenant, interaction } = visit;
    const { errors, query, values, status, challenge } = shown;
    if (!mayBegin(visit)) return deps.firstPage(visit, shown);
    const proof = query.new === 'yes' ? undefined : await deps.proofPage(visit, shown);
    if (proof) return proof;
    const email = values.email ?? interaction.params.login_hint ?? '';
    return {
      view: 'sign-up',
      status: status ?? (errors.length ? 422 : 200),
      data: {
        errors,
        ...deps.form.shown(tenant, deps.fromOf(ctx).locale, asksOf(visit), { ...values, email }),
        challenge: challenge ?? (await deps.work.ahead(visit, FORM)),
        honeypot: HONEYPOT,
        stamp: { name: STAMP, value: formStamp(tenant, FORM, deps.clock()) },
        signIn: firstPath(visit),
        isAsked: stepOf(visit)?.ask === 'create',
      },
    };
  };

  return {
    pages: { create: page },
    besides: { [FORM]: page },
    forms: {
      [FORM]: {
        answers: SIGN_UP,
        async take(visit, fields) {
          const { ctx, tenant, interaction } = visit;
          const { email, input, errors, values } = deps.form.read(tenant, fields, asksOf(visit));
          const again = (more: Again) => ({ again: { query: { ...SHOWN, new: 'yes' }, values, ...more } });
          if (errors.length) return again({ errors });

          const from = deps.fromOf(ctx);
          const spent = await deps.countSignUp(tenant, { ...from, clientId: interaction.client.id });
          if (!spent.allowed) throw tooManyRequests(spent.retryAfter);
          const answer = answerOf(tenant, FORM, fields, deps.clock());
          const asked = await deps.work.ask(visit, fields, { name: FORM, form: answer, email });
          if (asked) return again(asked);

          const begun = await deps.registration
            .begin(tenant, { ...input, email }, from, linkTo(visit, 'sign-up-link'))
            .catch((error: unknown) => ({ refused: deps.form.errorsOf(tenant, error) }));
          if ('refused' in begun) return again({ errors: begun.refused });
          if ('ok' in begun) throw tooManyRequests(begun.retryAfter ?? 60);
          if (begun.state === 'created') {
            const { accountId } = begun;
            const done = (journey: Journey): Journey => ({ ...withPassed(journey, 'create'), identifier: email });
            // Where nothing has to be verified the password that was just chosen is the proof, if there is one.
            if (input.password === undefined) await changeJourney(tenant, interaction.uid, done);
            else await deps.prove(visit, { accountId, proof: { factor: 'password', at: seconds(deps.clock) } }, done);
            return undefined;
          }
          const ticket = sealedTicket(tenant, interaction.uid, begun.ticket);
          const signUp = { ticket, again: seconds(deps.clock) + begun.resendIn };
          await changeJourney(tenant, interaction.uid, (journey) => ({ ...journey, signUp }));
          return firstPath(visit, SHOWN);
        },
      },

      'have-account': {
        answers: ['create'],
        async take({ tenant, interaction }) {
          await changeJourney(tenant, interaction.uid, (journey) => withPassed(journey, 'create'));
          return undefined;
        },
      },
    },
  };
}

const asksOf = ({ policy }: Visit) => ({ email: true, password: policy.firstFactors.includes('password') });
