import { invalidInput, tooManyRequests } from '../../core/errors.ts';
import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import type { FactorName } from '../../factors/proof.ts';
import type { RecoveryCodes } from '../../factors/recovery-codes/recovery-codes.ts';
import type { Totp } from '../../factors/totp/totp.ts';
import type { Refused, Verified } from '../../factors/verification.ts';
import { isTicked, textOf } from '../../http/fields.ts';
import type { TrustedDevices } from '../../sessions/trusted-devices.ts';
import { guesserOf } from '../guesser.ts';
import { originOf } from '../origin.ts';
import { passkeyRequest } from '../passkey-request.ts';
import type { Prove } from '../prove.ts';
import type { AccountLabel } from '../sign-in.ts';
import { trustedCookie } from '../trusted-cookie.ts';
import { isSecond, type LoginStep, type StepPage, stepOf, type Visit } from '../visit.ts';
import { codeError } from './codes-refused.ts';
import { isSecondCodeWay, type SecondCodes } from './codes-second.ts';

/** The way that is offered first, where an account has more than one: the stronger, then the quicker. */
const BEST_FIRST: FactorName[] = ['passkey', 'totp', 'sms_code', 'email_code', 'password', 'recovery_code'];

type Verifier = (visit: Visit, accountId: string, code: string) => Promise<Verified<object> | Refused<string>>;

/** The second proof, of an account that is known by now. */
export function verifyStep(deps: {
  prove: Prove;
  accountLabel: AccountLabel;
  firstPage: StepPage;
  /** At `?show=lost`. */
  lostPage: StepPage;
  passkeys: Pick<Passkeys, 'authenticationOptions'>;
  totp: Pick<Totp, 'verify'>;
  recoveryCodes: Pick<RecoveryCodes, 'verify'>;
  secondCodes: SecondCodes;
  trustedDevices: Pick<TrustedDevices, 'trust'>;
}): LoginStep {
  const verifiers: Partial<Record<FactorName, Verifier>> = {
    totp: ({ ctx, tenant }, id, code) => deps.totp.verify(tenant, id, code, guesserOf(ctx)),
    recovery_code: ({ ctx, tenant }, id, code) => deps.recoveryCodes.verify(tenant, id, code, guesserOf(ctx)),
    email_code: (visit, _, code) => deps.secondCodes.verify(visit, code),
    sms_code: (visit, _, code) => deps.secondCodes.verify(visit, code),
  };

  const page: StepPage = async (visit, shown) => {
    if (!isSecond(visit)) return deps.firstPage(visit, shown);
    if (shown.query.show === 'lost') return deps.lostPage(visit, shown);
    const { tenant, journey, account, policy } = visit;
    const { errors, query, values, status, signals, challenge } = shown;
    const ways = waysOf(visit);
    // The form of the password is the first page's, which gives back the name of the account.
    const asked = values.method ?? query.method ?? (values.identifier === undefined ? undefined : 'password');
    const method = ways.find((way) => way === asked) ?? ways[0];
    const accountId = account?.id ?? '';
    return {
      view: 'verify',
      status: status ?? (errors.length ? 422 : 200),
      data: {
        errors,
        challenge,
        method,
        others: ways.filter((way) => way !== method),
        account: await deps.accountLabel(tenant, accountId),
        // Of a way whose codes are sent.
        code: isSecondCodeWay(method) ? await deps.secondCodes.shown(visit, method) : undefined,
        trustDays: mayTrust(visit) ? policy.trustedDeviceDays : 0,
        remember: journey.remember ?? false,
        passkey: method === 'passkey' ? JSON.stringify(await passkeyRequest(deps.passkeys, visit)) : '',
        signals: signals ? JSON.stringify(signals) : '',
      },
    };
  };

  return {
    pages: { verify: page },
    forms: {
      'send-code': deps.secondCodes.form,

      code: {
        answers: ['verify'],
        async take(visit, form) {
          const { account } = visit;
          const method = waysOf(visit).find((way) => way === form.get('method'));
          const verify = method && verifiers[method];
          if (!account || !isSecond(visit) || !verify)
            throw invalidInput('the field "method" must name a way that is asked for');
          const result = await verify(visit, account.id, textOf(form, 'code'));
          if (!result.ok) {
            if (result.reason === 'throttled') throw tooManyRequests(result.retryAfter ?? 60);
            return { again: { errors: [codeError(result.reason)], values: { method } } };
          }
          const trustedDevice = isTicked(form, 'trust') && mayTrust(visit) ? await trust(visit) : undefined;
          await deps.prove(visit, { accountId: account.id, proof: result.proof }, ({ sent: _, ...journey }) => ({
            ...journey,
            ...(trustedDevice && { trustedDevice }),
          }));
          return undefined;
        },
      },
    },
  };

  /** Resolves to the id of the device. */
  async function trust({ ctx, tenant, account, policy }: Visit): Promise<string> {
    const days = policy.trustedDeviceDays;
    const token = await deps.trustedDevices.trust(tenant, account!.id, { origin: originOf(ctx), days });
    ctx.append('Set-Cookie', trustedCookie(tenant, token, days));
    return token.slice(0, token.indexOf('.'));
  }
}

const waysOf = (visit: Visit): FactorName[] => {
  const step = stepOf(visit);
  return step?.ask === 'verify' ? BEST_FIRST.filter((factor) => step.factors.includes(factor)) : [];
};

/** Trust stands for the second factor of a policy, not for what a client or a risk asks for. */
const mayTrust = ({ policy, interaction, journey }: Visit) =>
  policy.trustedDeviceDays > 0 && interaction.request.acrValues.length === 0 && journey.risk?.action !== 'step_up';
