import { invalidInput } from '../../core/errors.ts';
import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import { isTicked } from '../../http/fields.ts';
import { passkeyCeremony, passkeyRequest } from '../passkey-request.ts';
import type { Prove } from '../prove.ts';
import { type Asked, factorsAsked, type LoginStep, type Visit } from '../visit.ts';

const ANSWERS: readonly Asked[] = ['identify', 'verify', 'select_account', 'create'];

/** What a browser answers with a passkey, as the first proof or as the second. */
export function passkeyStep(deps: {
  prove: Prove;
  passkeys: Pick<Passkeys, 'authenticate' | 'authenticationOptions' | 'unknownSignal'>;
}): LoginStep {
  return {
    pages: {},

    forms: {
      passkey: {
        answers: ANSWERS,
        async take(visit, form) {
          const { ctx, tenant } = visit;
          checkAsked(visit);
          const { ip, requestId } = ctx.state;
          const response = form.get('credential') ?? '';
          const ceremony = passkeyCeremony(visit);
          const result = await deps.passkeys.authenticate(tenant, response, ceremony, { ip, requestId });
          if (!result.ok) {
            const signals = await deps.passkeys.unknownSignal(tenant, response);
            const errors = [{ field: '', message: 'errors.passkey_failed' }];
            return { again: { errors, status: 401, signals, values: { method: 'passkey' } } };
          }
          await deps.prove(visit, result, (journey) => ({
            ...journey,
            remember: journey.remember ?? isTicked(form, 'remember'),
          }));
          return undefined;
        },
      },
    },

    data: {
      // For pages that are open longer than a challenge lives.
      'passkey-request': {
        answers: ANSWERS,
        give: async (visit) => {
          checkAsked(visit);
          return passkeyRequest(deps.passkeys, visit);
        },
      },
    },
  };
}

function checkAsked(visit: Visit): void {
  if (!factorsAsked(visit).includes('passkey')) throw invalidInput('no passkey is asked for');
}
