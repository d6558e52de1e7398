import { isDeepStrictEqual } from 'node:util';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { groundOf, holds } from '../journey/ground.ts';
import type { Outcome } from '../journey/plan.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientPolicyOf } from './account-client.ts';
import { type Finished, finishedIn } from './finished-sign-in.ts';
import { requestFacts } from './request-facts.ts';
import { createSessionOutcome, type SessionOutcomeDeps } from './session-outcome.ts';

const { Check } = interactionPolicy;

export type AssuranceDeps = SessionOutcomeDeps & { sessions: Pick<Sessions, 'get' | 'keep' | 'seen' | 'remove'> };

/**
 * Whether who is signed in has proven enough for this request, by the same plan as the pages go by. Two checks, because
 * a silent request is told apart whether the user is gone or has to do something more.
 */
export function assuranceChecks(tenant: Tenant, deps: AssuranceDeps): interactionPolicy.Check[] {
  const outcomeOfSession = createSessionOutcome(tenant, deps);
  const outcomes = new WeakMap<KoaContextWithOIDC, Promise<Outcome | undefined>>();
  const outcomeOf = (ctx: KoaContextWithOIDC) => {
    let outcome = outcomes.get(ctx);
    if (!outcome) {
      outcome = assess(ctx);
      outcomes.set(ctx, outcome);
    }
    return outcome;
  };

  async function assess(ctx: KoaContextWithOIDC): Promise<Outcome | undefined> {
    const { session, result, account, entities } = ctx.oidc;
    if (!session?.accountId || !account) return undefined;
    const finished = finishedIn(result);
    // The pages went by the whole plan.
    if (finished?.signIn.accountId === session.accountId) {
      const before = finishedIn(entities.Interaction?.lastSubmission);
      const isNew = !isDeepStrictEqual(finished.signIn, before?.signIn);
      // The core brings it again with the answer to each later page: what was ended meanwhile stays ended.
      const isThere = isNew ? keep(session.uid, finished) : deps.sessions.get(tenant, session.uid, true);
      if (await isThere) return undefined;
    }
    const known = await outcomeNow(ctx, false);
    // Something may have been proven or accepted since, here or at another node.
    const outcome = 'done' in known ? known : await outcomeNow(ctx, true);
    if ('done' in outcome) tell(ctx, outcome.done);
    return outcome;
  }

  /** Only here the session of a new sign-in has its name. False: what it stands on was ended since the pages were done. */
  async function keep(uid: string, { signIn, ground }: Finished): Promise<boolean> {
    const { accountId } = signIn;
    const [person, record] = await Promise.all([
      deps.findPerson(tenant, accountId),
      ground.session === undefined ? undefined : deps.sessions.get(tenant, ground.session, true),
    ]);
    const now = person && groundOf(person, record?.accountId === accountId ? record.id : undefined);
    if (!now || !holds(ground, now)) return false;
    return deps.sessions.keep(tenant, uid, signIn, { goesOn: ground.session !== undefined });
  }

  async function outcomeNow(ctx: KoaContextWithOIDC, fresh: boolean): Promise<Outcome> {
    const { session, client, params } = ctx.oidc;
    const { accountId, uid } = session as { accountId: string; uid: string };
    const request = requestFacts(params ?? {});
    const clientPolicy = client && (await clientPolicyOf(ctx.oidc.provider, client, params ?? {}));
    return outcomeOfSession({ accountId, uid, request, clientPolicy }, fresh);
  }

  return [
    new Check('proofs_over', 'the sign-in is not in force any more', 'login_required', async (ctx) => {
      const outcome = await outcomeOf(ctx);
      return isAsked(outcome) && (outcome.ask === 'identify' || (outcome.ask === 'verify' && outcome.as === 'first'));
    }),
    new Check('assurance', 'more is to be proven than was', 'interaction_required', async (ctx) => {
      refuseUnknownAcr(tenant, ctx);
      const outcome = await outcomeOf(ctx);
      return outcome !== undefined && !('done' in outcome);
    }),
  ];
}

const isAsked = (outcome: Outcome | undefined): outcome is Extract<Outcome, { ask: string }> =>
  outcome !== undefined && 'ask' in outcome;

/** RFC 9470 5: before anybody is asked for what would not help. */
export function refuseUnknownAcr(tenant: Tenant, { oidc }: KoaContextWithOIDC): void {
  const { acrValues } = requestFacts(oidc.params ?? {});
  const ladder = tenant.settings.assurance.acr_values.map(({ acr }) => acr);
  if (acrValues.length === 0 || acrValues.some((acr) => ladder.includes(acr))) return;
  throw new errors.UnmetAuthenticationRequirements(`no acr is known here but ${ladder.join(', ')}`);
}

/** What the tokens of this request say: a session's level sinks with time, and a client may know it by another name. */
function tell({ oidc }: KoaContextWithOIDC, { acr, amr }: { acr: string | undefined; amr: string[] }): void {
  const session = oidc.session as { acr?: string | undefined; amr?: string[] };
  session.acr = acr;
  session.amr = amr;
}
