import { linkGone } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import type { Elsewhere } from '../../factors/code/links.ts';
import type { Page } from '../../http/page.ts';
import { guesserOf } from '../guesser.ts';
import type { Prove } from '../prove.ts';
import { FIRST, type LoginStep } from '../visit.ts';
import { bindingOf } from './codes-send.ts';

/**
 * The link of a mail. Opened, by people or by what reads their mail before them, it changes nothing (T097). Its button goes
 * on in the browser that began; any other is shown who began, and the code to type there, and is signed in to nothing
 * (T098).
 */
export function linksStep(deps: { prove: Prove; codes: Pick<Codes, 'peekLink' | 'useLink'> }): LoginStep {
  return {
    pages: {},

    opened: {
      async link(ctx, visit) {
        const token = typeof ctx.query.token === 'string' ? ctx.query.token : '';
        const binding = visit && bindingOf(visit, 'sign_in');
        const opened = { purpose: 'sign_in', binding, token, origin: guesserOf(ctx) } as const;
        const link = await deps.codes.peekLink(ctx.state.tenant, opened);
        if (link?.sameBrowser) return { view: 'link', data: { token } };
        if (link) return elsewhere(link);
        if (visit) return GONE;
        throw linkGone();
      },
    },

    forms: {
      link: {
        answers: FIRST,
        async take(visit, form) {
          const { ctx, tenant } = visit;
          const opened = {
            purpose: 'sign_in',
            binding: bindingOf(visit, 'sign_in'),
            token: form.get('token') ?? '',
          } as const;
          const link = await deps.codes.useLink(tenant, { ...opened, origin: guesserOf(ctx) });
          if (!link.ok) return { page: link.reason === 'other_browser' ? elsewhere(link) : GONE };
          const { accountId, proof } = link;
          if (accountId === undefined) throw new Error('a link for nobody is never right');
          await deps.prove(visit, { accountId, proof }, ({ sent: _, ...journey }) => journey);
          return undefined;
        },
      },
    },
  };
}

const GONE: Page = { view: 'link-gone', status: 400 };

const elsewhere = ({ code, context = {} }: Elsewhere): Page => ({
  view: 'link-elsewhere',
  data: { code, context, minutes: MINUTES },
});
