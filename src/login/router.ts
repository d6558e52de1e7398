import Router from '@koa/router';
import type { Audit } from '../audit/audit.ts';
import { isError, stepRefused } from '../core/errors.ts';
import { csrfToken, refuseForeignToken, refuseOtherOrigins } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import type { Page, Pages } from '../http/page.ts';
import { seeOther } from '../http/see-other.ts';
import { interactionPath } from '../oidc/interaction-path.ts';
import { isForWindow, letOpenerIn } from '../oidc/web-message.ts';
import { askedNow, type Conductor } from './conductor.ts';
import { answerRefusals, type ClientHome } from './refusals.ts';
import type { LoginContext, LoginState } from './state.ts';
import { type Again, type Answer, type Asked, isFirst, type LoginStep, type StepPage, type Visit } from './visit.ts';

/**
 * The dispatcher of the hosted steps: `GET /interaction/:uid` shows what is asked now, `POST /interaction/:uid/<form>`
 * takes an answer. `?client=` names the client to return to, for pages that know nothing else any more.
 */
export function createLogin(deps: {
  pages: Pages;
  audit: Pick<Audit, 'record'>;
  clientHome: ClientHome;
  conductor: Conductor;
  /** The page of who wants to be somebody else. */
  firstPage: StepPage;
  steps: LoginStep[];
}): Router<LoginState> {
  const { conductor } = deps;
  const stepPages = Object.assign({}, ...deps.steps.map(({ pages }) => pages)) as Partial<Record<Asked, StepPage>>;
  const besides = new Map(deps.steps.flatMap((step) => Object.entries(step.besides ?? {})));
  const router = new Router<LoginState>();
  router.use(answerRefusals(deps));

  router.get('/interaction/:uid', async (ctx) => {
    const visit = await visitOf(ctx);
    const query = Object.fromEntries(
      Object.entries(ctx.query).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
    );
    const isAnother = query.another === 'yes';
    const asked = askedNow(visit, isAnother);
    if (asked === 'nothing' && !isAnother) return seeOther(ctx, await conductor.conclude(visit));
    const page =
      ((isAnother || isFirst(visit)) && besides.get(query.show ?? '')) ||
      (isAnother ? deps.firstPage : stepPages[asked]);
    await show(visit, page, { query, errors: [] });
  });

  for (const [name, open] of deps.steps.flatMap(({ opened }) => Object.entries(opened ?? {}))) {
    router.get(`/interaction/:uid/${name}`, async (ctx) => {
      const visit = await visitOf(ctx).catch(unlessGone);
      const page = await open(ctx, visit);
      if (visit) return send(visit, page);
      const { tenant, requestId } = ctx.state;
      deps.pages.send(ctx, { tenant, requestId }, page);
    });
  }

  for (const [name, form] of deps.steps.flatMap(({ forms }) => Object.entries(forms))) {
    router.post(`/interaction/:uid/${name}`, async (ctx) => {
      const { tenant } = ctx.state;
      refuseOtherOrigins(ctx, tenant);
      const fields = await readForm(ctx.req);
      refuseForeignToken(tenant, uidOf(ctx), fields.get('csrf'));
      const visit = await visitOf(ctx);
      const asked = askedNow(visit, false);
      if (form.answers !== 'any' && !form.answers.includes(asked)) throw stepRefused(name, asked);
      await goOn(visit, await form.take(visit, fields));
    });
    // The address of a page that answered a form: reloaded, kept, or tried again.
    router.get(`/interaction/:uid/${name}`, (ctx) => {
      const { client } = ctx.query;
      seeOther(ctx, interactionPath(ctx.state.tenant, uidOf(ctx), typeof client === 'string' ? { client } : {}));
    });
  }

  for (const [name, take] of deps.steps.flatMap(({ back }) => Object.entries(back ?? {}))) {
    router.get(`/interaction/:uid/${name}`, async (ctx) => {
      const visit = await visitOf(ctx);
      await goOn(visit, await take(visit));
    });
  }

  for (const [name, { answers, give }] of deps.steps.flatMap(({ data }) => Object.entries(data ?? {}))) {
    router.get(`/interaction/:uid/${name}`, async (ctx) => {
      const visit = await visitOf(ctx);
      const asked = askedNow(visit, false);
      if (!answers.includes(asked)) throw stepRefused(name, asked);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = await give(visit);
    });
  }

  async function goOn(visit: Visit, answer: Answer): Promise<void> {
    const { ctx } = visit;
    if (answer === undefined) seeOther(ctx, await conductor.advance(visit));
    else if (typeof answer === 'string') seeOther(ctx, answer);
    else if ('page' in answer) send(visit, answer.page);
    else await show(visit, pageOf(askedNow(visit, false), answer.again), answer.again);
  }

  function pageOf(asked: Asked, { query }: Again): StepPage | undefined {
    return besides.get(query?.show ?? '') ?? stepPages[asked === 'select_account' ? 'identify' : asked];
  }

  async function visitOf(ctx: LoginContext & { params: Record<string, string> }): Promise<Visit> {
    ctx.state.interaction = await ctx.state.interactions.load(ctx.req, ctx.res, uidOf(ctx));
    if (isForWindow(ctx.state.interaction.params)) letOpenerIn(ctx);
    return conductor.visit(ctx, ctx.state.interaction);
  }

  async function show(visit: Visit, page: StepPage | undefined, again: Again): Promise<void> {
    send(visit, await (page ?? deps.firstPage)(visit, { query: {}, values: {}, ...again }));
  }

  function send({ ctx, interaction }: Visit, page: Page): void {
    const { tenant, requestId } = ctx.state;
    const { uid, client, params, formAction } = interaction;
    const data = {
      ...page.data,
      client: { id: client.id, name: client.name },
      csrf: csrfToken(tenant, uid),
      action: (form: string) => interactionPath(tenant, uid, { client: client.id }, form),
      way: (query: Record<string, string>) => interactionPath(tenant, uid, { client: client.id, ...query }),
    };
    deps.pages.send(ctx, { tenant, requestId, uiLocales: params.ui_locales }, { ...page, data, formAction });
  }

  return router;
}

function unlessGone(error: unknown): undefined {
  if (!isError(error, 'interaction_gone')) throw error;
}

const uidOf = (ctx: { params: Record<string, string> }) => ctx.params.uid ?? '';
