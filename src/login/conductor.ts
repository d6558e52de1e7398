import type { Audit } from '../audit/audit.ts';
import { type Clock, seconds } from '../core/clock.ts';
import type { FactorName } from '../factors/proof.ts';
import { factsOf } from '../journey/facts-of.ts';
import { type Ground, groundOf, holds, isOver } from '../journey/ground.ts';
import type { FindPerson, Person } from '../journey/person.ts';
import { type Plan, plan } from '../journey/plan.ts';
import type { Interaction } from '../oidc/interaction.ts';
import { interactionPath } from '../oidc/interaction-path.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TrustedDevices } from '../sessions/trusted-devices.ts';
import { changeJourney, findJourney, type Journey } from './journey.ts';
import { originOf } from './origin.ts';
import type { Judge } from './risk.ts';
import type { LoginContext } from './state.ts';
import { trustedToken } from './trusted-cookie.ts';
import { type Asked, isChoosing, type Visit } from './visit.ts';

export type ConductorDeps = {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  sessions: Pick<Sessions, 'get'>;
  findPerson: FindPerson;
  trustedDevices: Pick<TrustedDevices, 'check'>;
  judge: Judge;
  /** Called when an account has proven all that was asked, before its session begins; twice where that is sent twice. */
  onSignedIn?: (visit: Visit, accountId: string) => Promise<void>;
};

/** Knows where a sign-in stands and what comes next; the steps do not. */
export function createConductor(deps: ConductorDeps) {
  /** The journey, judged as soon as something is proven, and why its steps were asked for (`answered`: by which plan). */
  async function kept(ctx: LoginContext, uid: string, journey: Journey, answered?: Plan): Promise<Journey> {
    const { accountId, noticed, asked = [] } = journey;
    const judged = isToJudge(journey) ? await deps.judge(ctx, accountId!, noticed) : undefined;
    const reasons =
      answered?.why.filter((one) => one.asked && !asked.some(({ because }) => because === one.because)) ?? [];
    if (!judged && reasons.length === 0) return journey;
    const next = await changeJourney(ctx.state.tenant, uid, (now) => ({
      ...now,
      asked: [...(now.asked ?? []), ...reasons],
      ...(judged && now.accountId === accountId && { risk: now.risk ?? judged }),
    }));
    // Another tab went on as somebody else meanwhile, about whom nothing is decided.
    return isToJudge(next) ? kept(ctx, uid, next) : next;
  }

  async function visit(ctx: LoginContext, interaction: Interaction, answered?: Plan): Promise<Visit> {
    const { tenant } = ctx.state;
    const [known, found] = await Promise.all([
      findJourney(tenant, interaction.uid).then((found) => kept(ctx, interaction.uid, found, answered)),
      interaction.sessionUid ? deps.sessions.get(tenant, interaction.sessionUid) : undefined,
    ]);
    const accountId = known.accountId ?? interaction.accountId;
    const person = accountId === undefined ? undefined : await deps.findPerson(tenant, accountId, { factors: true });
    const theirs = found?.accountId === accountId ? found : undefined;
    const session = theirs && person && isOver(theirs, person) ? undefined : found;
    const ground = person && groundOf(person, theirs && session?.id);
    const journey = { ...known, proofs: proofsThatStand(known, person, ground) };
    const facts = factsOf(tenant, {
      now: seconds(deps.clock),
      request: interaction.request,
      clientPolicy: interaction.clientPolicy,
      session,
      journey,
      trustedDevice: false,
      risk: journey.risk?.action ?? 'allow',
      person,
    });
    const { account, policy } = facts;
    const trustedDevice =
      journey.trustedDevice ??
      (person &&
        (await deps.trustedDevices.check(tenant, trustedToken(tenant, ctx.get('Cookie')), {
          accountId: person.account.id,
          since: person.passwordChangedAt,
          days: policy.trustedDeviceDays,
        })));
    const outcome = plan({ ...facts, trustedDevice: trustedDevice !== undefined });
    return { ctx, tenant, interaction, session, journey, account, ground, policy, trustedDevice, plan: outcome };
  }

  /** The address to go on to, after a step was taken. */
  async function advance({ ctx, interaction, plan: answered }: Visit): Promise<string> {
    const now = await visit(ctx, interaction, answered);
    const { outcome } = now.plan;
    if ('ask' in outcome) return interactionPath(now.tenant, interaction.uid, { client: interaction.client.id });
    return conclude(now);
  }

  /** Of a plan that asks for nothing more. */
  async function conclude(visit: Visit): Promise<string> {
    const { ctx, tenant, interaction, session, journey, account, ground, trustedDevice, plan } = visit;
    const accountId = account?.id;
    const { interactions, ip, requestId } = ctx.state;
    const { outcome } = plan;
    const why = [...(journey.asked ?? []), ...plan.why];
    const event = {
      target: accountId,
      clientId: interaction.client.id,
      ip,
      requestId,
    };
    if ('refuse' in outcome) {
      await deps.audit.record(tenant.id, {
        ...event,
        type: 'sign_in.refused',
        outcome: 'failure',
        details: { refused: outcome.refuse, why, ...(journey.risk && { risk: journey.risk }) },
      });
      const error = outcome.refuse === 'unmet' ? 'unmet_authentication_requirements' : 'access_denied';
      return interactions.abort(ctx.req, ctx.res, interaction.uid, error, REFUSALS[outcome.refuse]);
    }
    if (!('done' in outcome) || accountId === undefined || ground === undefined)
      throw new Error('a sign-in is concluded once nothing is asked');

    const { proofs, pauses, acr, aal, amr, authTime } = outcome.done;
    const earlier = session?.accountId === accountId ? session : undefined;
    const remember = journey.remember ?? earlier?.remember ?? false;
    const upstream = journey.upstream ?? earlier?.upstream;
    if (journey.proofs.length > 0) await deps.onSignedIn?.(visit, accountId);
    await deps.audit.record(tenant.id, {
      ...event,
      type: 'sign_in.succeeded',
      details: {
        factors: journey.proofs.map(({ factor }) => factor),
        aal,
        acr,
        why,
        ...(journey.risk && { risk: journey.risk }),
      },
    });
    const signIn = {
      accountId,
      signedOutAt: ground.signedOutAt,
      proofs,
      pauses,
      remember,
      ...(trustedDevice !== undefined && { trustedDevice }),
      ...(upstream && { upstream }),
      origin: originOf(ctx),
    };
    return interactions.finishSignIn(ctx.req, ctx.res, interaction.uid, { signIn, ground, acr, amr, authTime });
  }

  return { visit, advance, conclude };
}

/**
 * Whoever was under way when sessions were ended must not go on, nor by what the account has lost since: it was proven by who
 * was to be shut out. A recovery code is used up by its proof.
 */
function proofsThatStand(journey: Journey, person: Person | undefined, now: Ground | undefined): Journey['proofs'] {
  if (!person || !now || !holds(journey.ground, now)) return [];
  const has = new Set<FactorName>([...person.account.factors, 'recovery_code']);
  return journey.proofs.filter(({ factor }) => has.has(factor));
}

const isToJudge = ({ proofs, risk }: Journey) => proofs.length > 0 && !risk;

export type Conductor = ReturnType<typeof createConductor>;

const REFUSALS = {
  denied: 'the sign-in was refused',
  unmet: 'the user cannot sign in the way that is asked for',
};

/** What is asked now: the protocol core asks first, the plan says what that takes. */
export function askedNow(visit: Visit, another: boolean): Asked {
  const { interaction, plan } = visit;
  if (interaction.prompt === 'consent') return 'consent';
  if (isChoosing(visit) && !another) return 'select_account';
  return 'ask' in plan.outcome ? plan.outcome.ask : 'nothing';
}
