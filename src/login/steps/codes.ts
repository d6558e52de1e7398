import { type Clock, seconds } from '../../core/clock.ts';
import { tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { textOf } from '../../http/fields.ts';
import { guesserOf } from '../guesser.ts';
import type { Prove } from '../prove.ts';
import { FIRST, firstPath, type LoginStep, type StepForm, type StepPage } from '../visit.ts';
import { codeError } from './codes-refused.ts';
import { bindingOf } from './codes-send.ts';

/** A code as the first proof, for the account that the user named: asked for, and typed at `?show=code`. */
export function codesStep(deps: {
  clock: Clock;
  prove: Prove;
  codes: Pick<Codes, 'verify'>;
  askForCode: StepForm['take'];
  firstPage: StepPage;
}): LoginStep {
  const page: StepPage = async (visit, shown) => {
    const { sent } = visit.journey;
    if (sent?.purpose !== 'sign_in') return deps.firstPage(visit, shown);
    const { errors, status } = shown;
    return {
      view: 'codes',
      status: status ?? (errors.length ? 422 : 200),
      data: {
        errors,
        method: sent.way,
        identifier: sent.typed ?? '',
        change: firstPath(visit, { change: 'yes' }),
        minutes: MINUTES,
        waitFor: Math.max(0, sent.again - seconds(deps.clock)),
      },
    };
  };

  return {
    pages: {},
    besides: { code: page },
    forms: {
      send: { answers: FIRST, take: deps.askForCode },

      'sign-in-code': {
        answers: FIRST,
        async take(visit, form) {
          const { ctx, tenant } = visit;
          const answer = {
            purpose: 'sign_in',
            binding: bindingOf(visit, 'sign_in'),
            code: textOf(form, 'code'),
          } as const;
          const result = await deps.codes.verify(tenant, { ...answer, origin: guesserOf(ctx) });
          if (!result.ok) {
            if (result.reason === 'throttled') throw tooManyRequests(result.retryAfter ?? 60);
            return { again: { errors: [codeError(result.reason)], query: { show: 'code' } } };
          }
          const { accountId, proof } = result;
          if (accountId === undefined) throw new Error('a code for nobody is never right');
          await deps.prove(visit, { accountId, proof }, ({ sent: _, ...journey }) => journey);
          return undefined;
        },
      },
    },
  };
}
