import { createUserAgent, formsOf, type Page, to } from '../../support/user-agent.ts';
import type { Op } from './op.ts';

/** The suite's own addresses. */
export const SUITE = 'https://suite.example/';

export type Ended = {
  page: Page;
  /** How the answer came; `page`: there is none, a page of ours is shown. */
  by: 'query' | 'fragment' | 'form_post' | 'page';
  answer: Record<string, string>;
  /** What the user was asked on the way. */
  asked: ('sign-in' | 'consent')[];
};

export type Browser = ReturnType<typeof createBrowser>;

/** The browser of the suite, and its user, who signs in and agrees where asked, or (`declines`) will not sign in. */
export function createBrowser({ user }: Pick<Op, 'user'>, { declines = false } = {}) {
  const agent = createUserAgent({ stopAt: SUITE });

  async function goOn(first: Page): Promise<Ended> {
    const asked: Ended['asked'] = [];
    let page = first;
    for (let steps = 0; steps < 6; steps += 1) {
      if (page.body.includes('name="password"')) {
        asked.push('sign-in');
        if (declines) return { ...shown(await agent.submit(page, {}, to('cancel'))), asked };
        page = await agent.submit(page, { identifier: user.email, password: user.password });
      } else if (page.body.includes('value="accept"')) {
        asked.push('consent');
        page = await agent.submit(page, { decision: 'accept' });
      } else if (page.body.includes('name="xsrf"') && page.body.includes('forms[0].submit()')) {
        // One account is left for another.
        page = await agent.submit(page);
      } else break;
    }
    return { ...shown(page), asked };
  }

  return {
    agent,
    get: async (address: string) => goOn(await agent.get(address)),
    post: async (address: string, fields: Record<string, string>) => goOn(await agent.post(address, fields)),
  };
}

const shown = (page: Page): Omit<Ended, 'asked'> => ({ page, ...answerOn(page) });

function answerOn(page: Page): Pick<Ended, 'by' | 'answer'> {
  const url = new URL(page.url);
  if (page.url.startsWith(SUITE)) {
    const by = url.hash ? 'fragment' : 'query';
    return { by, answer: Object.fromEntries(new URLSearchParams(url.hash.slice(1) || url.search)) };
  }
  const form = formsOf(page).find(({ action }) => action.startsWith(SUITE));
  return form ? { by: 'form_post', answer: form.fields } : { by: 'page', answer: {} };
}
