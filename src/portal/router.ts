import Router from '@koa/router';
import type { Audit } from '../audit/audit.ts';
import { csrfToken, refuseForeignToken, refuseOtherOrigins } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import type { Page, Pages } from '../http/page.ts';
import { seeOther } from '../http/see-other.ts';
import { callback } from './callback.ts';
import { createGate } from './gate.ts';
import { leaveNotice, type Notice, takeNotice } from './notice.ts';
import { recordRefusals } from './refusals.ts';
import type { Answer, PortalState, PortalVisit, Section } from './visit.ts';
import type { FindVisit } from './visits.ts';

/** The first section is where who comes from nowhere is led to. */
export function createRouter(deps: {
  pages: Pages;
  audit: Pick<Audit, 'record'>;
  findVisit: FindVisit;
  sections: readonly [Section, ...Section[]];
}): Router<PortalState> {
  const gate = createGate(deps.findVisit);
  const router = new Router<PortalState>();
  router.use(recordRefusals(deps.audit));

  // Where a sign-in on the way may lead.
  const paths = deps.sections.flatMap(({ path, pages, back = {} }) =>
    [...named(pages), ...Object.keys(back)].map((name) => path + name),
  );
  router.get('/account/callback', callback({ pages: deps.pages, paths: [deps.sections[0].path, ...paths] }));
  for (const section of deps.sections) mount(section);

  function mount(section: Section): void {
    const { path, pages, forms, data = {} } = section;

    for (const [name, give] of Object.entries(data)) {
      router.get(path + name, async (ctx) => {
        const visit = await gate(ctx, section, path);
        if (!visit) return;
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await give(visit);
      });
    }
    // What has a name of its own comes before `/:id`.
    for (const [name, arrive] of Object.entries(section.back ?? {})) {
      router.get(path + name, async (ctx) => {
        const visit = await gate(ctx, section, path + name);
        if (visit) await answerWith(visit, section, await arrive(visit));
      });
    }
    for (const name of [...named(pages), ...Object.keys(pages).filter(isOfThing)]) {
      router.get(path + name, async (ctx) => {
        const visit = await gate(ctx, section, isOfThing(name) ? path : path + name);
        if (visit) send(visit, section, await pages[name]!(visit), await takeNotice(visit.tenant, ownerOf(visit)));
      });
    }
    for (const [name, take] of Object.entries(forms)) {
      router.post(path + name, async (ctx) => {
        const { tenant } = ctx.state;
        refuseOtherOrigins(ctx, tenant);
        const form = await readForm(ctx.req);
        const visit = await gate(ctx, section, path);
        if (!visit) return;
        refuseForeignToken(tenant, ownerOf(visit), form.get('csrf'));
        await answerWith(visit, section, await take(visit, form));
      });
      // The address of a page that answered a form: reloaded, kept, or gone on from after a refusal.
      if (!(name in pages)) router.get(path + name, (ctx) => seeOther(ctx, ctx.state.tenant.issuer + path));
    }
  }

  async function answerWith(visit: PortalVisit, section: Section, answer: Answer): Promise<void> {
    const { ctx, tenant } = visit;
    if ('page' in answer) return send(visit, section, answer.page);
    if ('goTo' in answer) return seeOther(ctx, answer.goTo);
    await leaveNotice(tenant, ownerOf(visit), answer.done);
    seeOther(ctx, tenant.issuer + answer.at);
  }

  function send(visit: PortalVisit, { path }: Section, page: Page, notice?: Notice): void {
    const { ctx, tenant } = visit;
    const { errors = [], ...data } = (page.data ?? {}) as { errors?: unknown[] };
    deps.pages.send(
      ctx,
      { tenant, requestId: ctx.state.requestId },
      {
        ...page,
        status: page.status ?? (errors.length ? 422 : 200),
        data: {
          ...data,
          errors,
          notice,
          path,
          back: ctx.path === path ? '/account' : path,
          csrf: csrfToken(tenant, ownerOf(visit)),
        },
      },
    );
  }

  return router;
}

const isOfThing = (name: string) => name.includes(':');
const named = (pages: Section['pages']) => Object.keys(pages).filter((name) => !isOfThing(name));

/** Whose forms and notices these are: a session may become another account's while a page of it is open. */
const ownerOf = ({ session }: Pick<PortalVisit, 'session'>) =>
  JSON.stringify(['account', session.uid, session.accountId]);
