import { createUserAgent, to } from '../support/user-agent.ts';

export const USER = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada Lovelace' };

export type Person = ReturnType<typeof createPerson>;

/** Somebody with a browser, who signs in, agrees and signs out where asked. `home`: addresses of the application. */
export function createPerson(home: string) {
  const agent = createUserAgent({ stopAt: home });
  /** What was asked of them so far. */
  const asked: ('password' | 'consent' | 'logout')[] = [];

  /** The address of the application where they end. */
  async function visit(address: string): Promise<string> {
    let page = await agent.get(address);
    for (let steps = 0; steps < 6; steps += 1) {
      if (page.url.startsWith(home)) return page.url;
      if (page.body.includes('name="password"')) {
        asked.push('password');
        page = await agent.submit(page, { identifier: USER.email, password: USER.password });
      } else if (page.body.includes('value="accept"')) {
        asked.push('consent');
        page = await agent.submit(page, { decision: 'accept' });
      } else if (page.body.includes('name="logout"')) {
        asked.push('logout');
        page = await agent.submit(page, { logout: 'yes' }, to('session/end/confirm'));
      } else break;
    }
    throw new Error(`stuck at ${page.url} (${page.status}): ${page.body.slice(0, 500)}`);
  }

  return { agent, asked, visit };
}
