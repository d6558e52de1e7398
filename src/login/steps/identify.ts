import { invalidInput, tooManyRequests } from '../../core/errors.ts';
import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import { type FieldError, isTicked, textOf } from '../../http/fields.ts';
import { aboutClient } from '../about-client.ts';
import type { WorkGate } from '../challenge.ts';
import { codeWaysOf } from '../code-ways.ts';
import { lastWay } from '../last-way.ts';
import { browserOf } from '../origin.ts';
import { passkeyRequest } from '../passkey-request.ts';
import type { Prove } from '../prove.ts';
import type { AccountLabel, SignInWithPassword } from '../sign-in.ts';
import { FIRST, factorsAsked, firstPath, type LoginStep, type StepForm, type StepPage, type Visit } from '../visit.ts';

const FORM = 'login';

/**
 * One more way that the first page offers: what `views/offers/<name>.njk` shows, undefined where it is not on offer. It must
 * not depend on whether there is an account of the name that was typed.
 */
export type Offer = (visit: Visit, factors: readonly string[]) => Promise<object | undefined>;

/**
 * The first page: who it is, and the first proof. Nothing on it depends on whether there is such an account (T095). Whoever
 * is signed in and is asked once more meets it too.
 */
export function identifyStep(deps: {
  prove: Prove;
  accountLabel: AccountLabel;
  signInWithPassword: SignInWithPassword;
  work: WorkGate;
  passkeys: Pick<Passkeys, 'isAvailable' | 'authenticationOptions'>;
  /** The buttons beside the password that have a code or a link sent. */
  askForCode?: StepForm['take'];
  /** By the name of their view, in the order of the page. */
  offers?: Record<string, Offer>;
}): LoginStep & { page: StepPage } {
  const page: StepPage = async (visit, { errors, query, values, status, signals, challenge }) => {
    const { tenant, interaction, journey } = visit;
    const { params, accountId } = interaction;
    const factors = factorsAsked(visit);
    const hasPasskeys = factors.includes('passkey') && deps.passkeys.isAvailable(tenant);
    const known = isAskedAgain(visit) && accountId ? await deps.accountLabel(tenant, accountId) : undefined;
    const offers: [string, object][] = [];
    for (const [name, offer] of Object.entries(deps.offers ?? {})) {
      const data = await offer(visit, factors);
      if (data) offers.push([name, data]);
    }
    const about = aboutClient(interaction.client);
    const isNamed = journey.identifier !== undefined && query.change !== 'yes';
    return {
      view: 'sign-in',
      status: status ?? (errors.length ? 422 : 200),
      images: [about.logo],
      data: {
        errors,
        about,
        identifier: values.identifier ?? journey.identifier ?? params.login_hint ?? known?.email ?? '',
        remember: values.remember ? values.remember === 'yes' : (journey.remember ?? false),
        again: isAskedAgain(visit),
        // One after the other: the name, then the proof of whatever name was typed.
        part: tenant.settings.authentication.identifier_first ? (isNamed ? 'proof' : 'name') : 'both',
        change: firstPath(visit, { change: 'yes' }),
        hasPassword: factors.includes('password'),
        challenge: challenge ?? (await deps.work.ahead(visit, FORM)),
        codeWays: codeWaysOf(tenant, factors),
        lastWay: lastWay(tenant, visit.ctx.get('Cookie')),
        passkey: hasPasskeys ? JSON.stringify(await passkeyRequest(deps.passkeys, visit)) : '',
        signals: signals ? JSON.stringify(signals) : '',
        offers: offers.map(([name, data]) => ({ view: `offers/${name}.njk`, ...data })),
      },
    };
  };

  return {
    page,
    pages: { identify: page },
    forms: {
      login: {
        answers: FIRST,
        async take(visit, form) {
          const identifier = textOf(form, 'identifier');
          const remember = isTicked(form, 'remember');
          const values = { identifier, remember: remember ? 'yes' : 'no' };
          if (deps.askForCode && form.has('method')) {
            // Another code is asked for on the page of the first one, which has its own limits.
            const asked = form.has('identifier') && (await deps.work.ask(visit, form, { name: FORM }));
            return asked ? { again: { ...asked, values } } : deps.askForCode(visit, form);
          }
          const { ctx, tenant, interaction, policy } = visit;
          if (!policy.firstFactors.includes('password')) throw invalidInput('no password is asked for');
          const password = form.get('password') ?? '';

          const missing = missingFields(identifier, password);
          if (missing.length) return { again: { errors: missing, values } };
          const { ip, requestId } = ctx.state;
          const result = await deps.signInWithPassword({
            tenant,
            identifier,
            password,
            ip,
            requestId,
            clientId: interaction.client.id,
            device: browserOf(ctx),
            askForWork: (failures) => deps.work.ask(visit, form, { name: FORM, failures }),
          });
          if (!result.ok) {
            if (result.reason === 'throttled') throw tooManyRequests(result.retryAfter);
            if (result.reason === 'challenged') return { again: { ...result.asked, values } };
            // At the password: the identifier is kept, and which of both was wrong is not told.
            return { again: { errors: [{ field: 'password', message: 'errors.sign_in_failed' }], values } };
          }
          await deps.prove(visit, result, (journey) => ({
            ...journey,
            identifier,
            remember,
            ...(result.noticed && { noticed: { ...journey.noticed, ...result.noticed } }),
            ...(form.get('passkeys') === 'yes' && { canMakePasskey: true }),
          }));
          return undefined;
        },
      },
    },
  };
}

/** Of somebody who is signed in: it is to be the same person, unless the client hints at another. */
const isAskedAgain = ({ interaction }: Visit) => interaction.prompt === 'login' && interaction.accountId !== undefined;

const missingFields = (identifier: string, password: string): FieldError[] => [
  ...(identifier ? [] : [{ field: 'identifier', message: 'errors.identifier_missing' }]),
  ...(password ? [] : [{ field: 'password', message: 'errors.password_missing' }]),
];
