import { type Clock, seconds } from '../../core/clock.ts';
import { tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { textOf } from '../../http/fields.ts';
import { guesserOf } from '../guesser.ts';
import { codeError } from '../steps/codes-refused.ts';
import { FIRST, firstPath, type LoginStep, type StepPage } from '../visit.ts';
import { type Admit, providerOf } from './admission.ts';
import { bindingOf, PROVE_EMAIL, type SendProof } from './send-proof.ts';
import { findWaiting } from './waiting.ts';

/** Somebody came back from an upstream whose word for an address is not enough: a code to it is. */
export function proveEmailStep(deps: {
  clock: Clock;
  codes: Pick<Codes, 'verify'>;
  sendProof: SendProof;
  admit: Admit;
  firstPage: StepPage;
}): LoginStep {
  return {
    pages: {},

    besides: {
      async [PROVE_EMAIL](visit, shown) {
        const { tenant, interaction } = visit;
        const waiting = await findWaiting(tenant, interaction.uid, 'email');
        if (!waiting) return deps.firstPage(visit, shown);
        const { errors, status } = shown;
        return {
          view: 'upstream-email',
          status: status ?? (errors.length ? 422 : 200),
          data: {
            errors,
            email: waiting.email,
            provider: providerOf(visit, waiting.identity),
            minutes: MINUTES,
            waitFor: Math.max(0, waiting.again - seconds(deps.clock)),
            other: firstPath(visit),
          },
        };
      },
    },

    forms: {
      'upstream-code': {
        answers: FIRST,
        async take(visit, form) {
          const { ctx, tenant, interaction } = visit;
          const waiting = await findWaiting(tenant, interaction.uid, 'email');
          if (!waiting) return firstPath(visit);
          const result = await deps.codes.verify(tenant, {
            purpose: 'verify_email',
            binding: bindingOf(visit),
            code: textOf(form, 'code'),
            origin: guesserOf(ctx),
          });
          if (!result.ok) {
            if (result.reason === 'throttled') throw tooManyRequests(result.retryAfter ?? 60);
            return { again: { errors: [codeError(result.reason)], query: { show: PROVE_EMAIL } } };
          }
          // Whoever came back anew meanwhile has an address of their own to prove.
          if (result.to !== waiting.email || !(await waiting.end())) return firstPath(visit);
          return deps.admit(visit, waiting.identity, true);
        },
      },

      'upstream-code-again': {
        answers: FIRST,
        async take(visit) {
          const waiting = await findWaiting(visit.tenant, visit.interaction.uid, 'email');
          return waiting ? deps.sendProof(visit, waiting.identity, waiting.email) : firstPath(visit);
        },
      },
    },
  };
}
