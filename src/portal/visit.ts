import type { ParameterizedContext } from 'koa';
import type { From } from '../accounts/ports.ts';
import type { User } from '../accounts/record.ts';
import type { FactorName } from '../factors/proof.ts';
import type { RequestState } from '../http/context.ts';
import type { Form } from '../http/form.ts';
import type { Page } from '../http/page.ts';
import type { Facts } from '../journey/facts.ts';
import type { Plan } from '../journey/plan.ts';
import type { Policy } from '../journey/policy.ts';
import type { BrowserSession } from '../oidc/browser-sessions.ts';
import type { Stored } from '../store/records.ts';
import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Notice } from './notice.ts';
import type { Standing } from './standing.ts';

/** What the requests carry; `visit` once it is known who comes. */
export type PortalState = RequestState & { visit?: PortalVisit };
export type PortalContext = ParameterizedContext<PortalState, { params?: Record<string, string> }>;

/** One request of somebody who is signed in, with all that the pages need to know. */
export type PortalVisit = {
  ctx: PortalContext;
  tenant: Tenant;
  session: BrowserSession;
  user: Stored<User>;
  policy: Policy;
  /** What a sign-in to some application would ask now. */
  planFor(request: Facts['request'], clientPolicy: PolicyPart | undefined): Plan;
  /** Whether the session has not been ended since it came in. */
  isStillIn(): Promise<boolean>;
  /** What the account can prove. */
  factors: readonly FactorName[];
  standing: Exclude<Standing, 'out'>;
  /** What changes need to be proven. */
  level: 1 | 2;
  from: From & { locale: string };
  /** The thing that the address names, `:id`; empty where it names none. */
  id: string;
};

/** A page to show, where to go on, or what was done: the page at `at` (below the issuer) tells of it. */
export type Answer = { page: Page } | { goTo: string } | { done: Notice; at: string };

export type ShowPage = (visit: PortalVisit) => Promise<Page>;
export type TakeForm = (visit: PortalVisit, form: Form) => Promise<Answer>;

/** A part of the account, `<issuer>/account/...`. Parts do not know each other. */
export type Section = {
  /** Below the issuer. */
  path: string;
  /** Whether one has to have proven anew who one is, to see it and to change anything. */
  isSensitive: boolean;
  /** By what follows `path`: GET. */
  pages: Record<string, ShowPage>;
  /** By what follows `path`: POST. */
  forms: Record<string, TakeForm>;
  /** Where a browser comes back that a form has sent elsewhere, by what follows `path`: GET. */
  back?: Record<string, (visit: PortalVisit) => Promise<Answer>>;
  /** What scripts of the pages read, by what follows `path`: GET, JSON. */
  data?: Record<string, (visit: PortalVisit) => Promise<object>>;
};
