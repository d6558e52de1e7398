import type { FactorName } from '../factors/proof.ts';
import type { FieldError } from '../http/fields.ts';
import type { Form } from '../http/form.ts';
import type { Page } from '../http/page.ts';
import type { AccountFacts } from '../journey/facts.ts';
import type { Ground } from '../journey/ground.ts';
import type { Plan, Step } from '../journey/plan.ts';
import type { Policy } from '../journey/policy.ts';
import type { Interaction } from '../oidc/interaction.ts';
import { interactionPath } from '../oidc/interaction-path.ts';
import type { Challenge } from '../risk/challenges.ts';
import type { SignInRecord } from '../sessions/record.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Journey } from './journey.ts';
import type { LoginContext } from './state.ts';

/** One request of an interaction, with all that its steps need to know. */
export type Visit = {
  ctx: LoginContext;
  tenant: Tenant;
  interaction: Interaction;
  journey: Journey;
  /** The browser's session, whose account's it may not be. */
  session: Stored<SignInRecord> | undefined;
  /** The account that has proven something in this journey, or else the session's. */
  account: AccountFacts | undefined;
  /** What it proves now will stand on. */
  ground: Ground | undefined;
  policy: Policy;
  /** The id of this browser, where the account trusts it. */
  trustedDevice: string | undefined;
  plan: Plan;
};

/** What the protocol core or the plan asks for. */
export type Asked = Step['ask'] | 'select_account' | 'consent' | 'nothing';

/** What first proofs answer. */
export const FIRST: readonly Asked[] = ['identify', 'verify', 'select_account', 'create'];

/** What a page is shown with: how it was asked for, or what was wrong with what it sent. */
export type Shown = {
  query: Record<string, string | undefined>;
  errors: FieldError[];
  /** What was typed, to be corrected. Never a secret. */
  values: Record<string, string>;
  status?: number;
  /** Calls of the Signal API for the browser. */
  signals?: unknown;
  /** Work that is asked for with the form. */
  challenge?: Challenge;
};

/** The page that is asked for, once more. */
export type Again = Partial<Shown> & Pick<Shown, 'errors'>;

/** The URL to go on to, a page to show, what was wrong; undefined: whatever the plan says now. */
export type Answer = string | { page: Page } | { again: Again } | undefined;

/** A form of a step, the POST route `/interaction/:uid/<name>`. */
export type StepForm = {
  /** What it answers (ASVS 2.3.1: no step is skipped or repeated). */
  answers: readonly Asked[] | 'any';
  take(visit: Visit, form: Form): Promise<Answer>;
};

export type StepPage = (visit: Visit, shown: Shown) => Promise<Page>;
/** Undefined where it is not the turn of that page. */
export type MaybePage = (...asked: Parameters<StepPage>) => Promise<Page | undefined>;

/** What scripts of the pages read, the GET route `/interaction/:uid/<name>`: JSON. */
export type StepData = { answers: readonly Asked[]; give(visit: Visit): Promise<object> };

/** Steps do not know each other: which page is shown is the plan's word. */
export type LoginStep = {
  pages: Partial<Record<Asked, StepPage>>;
  forms: Record<string, StepForm>;
  data?: Record<string, StepData>;
  /**
   * Pages that a link in a mail leads to, the GET route `/interaction/:uid/<name>`, also in a browser that has not begun the
   * sign-in: then without `visit`.
   */
  opened?: Record<string, (ctx: LoginContext, visit: Visit | undefined) => Promise<Page>>;
  /**
   * Where a browser comes back from elsewhere, the GET route `/interaction/:uid/<name>`. Any site may send it there: it does
   * nothing but take what waits on the server for this sign-in.
   */
  back?: Record<string, (visit: Visit) => Promise<Answer>>;
  /** Beside the first page, at `?show=<name>`: ways to go for who cannot or will not do what it asks. */
  besides?: Record<string, StepPage>;
};

export const stepOf = ({ plan }: Visit): Step | undefined => ('ask' in plan.outcome ? plan.outcome : undefined);

/** Whether it is still open as whom to go on (`prompt=select_account`). */
export const isChoosing = ({ interaction, journey }: Visit): boolean =>
  interaction.prompt === 'select_account' && interaction.accountId !== undefined && journey.accountId === undefined;

/** Whether the account is known already, and has to prove one thing more. */
export function isSecond(visit: Visit): boolean {
  const step = stepOf(visit);
  return step?.ask === 'verify' && step.as === 'second' && !isChoosing(visit);
}

/** What is taken as a proof now: what the plan asks for or, of who begins, what the policy allows. */
export function factorsAsked(visit: Visit): readonly FactorName[] {
  const step = stepOf(visit);
  return step?.ask === 'verify' && !isChoosing(visit) ? step.factors : visit.policy.firstFactors;
}

/** Whether it is still asked who it is, so that the first page and those beside it are in place. */
export function isFirst(visit: Visit): boolean {
  const ask = stepOf(visit)?.ask;
  return ask === 'identify' || ask === 'create' || (ask === 'verify' && !isSecond(visit));
}

/** The address of the first page or, with `show`, of one beside it, also where something else is asked before. */
export function firstPath(visit: Visit, query: Record<string, string> = {}): string {
  const { tenant, interaction } = visit;
  const isLater = isChoosing(visit) || stepOf(visit)?.ask === 'create';
  const client = interaction.client.id;
  return interactionPath(tenant, interaction.uid, { client, ...(isLater && { another: 'yes' }), ...query });
}
