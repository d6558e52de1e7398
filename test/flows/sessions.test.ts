import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sha256 } from '../../src/core/hashing.ts';
import { webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, redeem, type Stage, setStage, signedIn, userAgent } from '../support/stage.ts';
import { formsOf, type UserAgent } from '../support/user-agent.ts';

/** One browser with many tabs: all its requests at once change one session. */

const CLIENTS = Array.from({ length: 20 }, (_, i) => `tab-${i}`);

let stage: Stage;
let issuer: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
  for (const id of CLIENTS) await stage.services.clients.create(stage.acme, webClient(id, { skip_consent: true }));
});
afterAll(() => stage.stop());

/** Each tab begins with the cookies as they are now, and gives back what it was answered. */
const openAll = (agent: UserAgent, clients = CLIENTS) =>
  Promise.all(
    clients.map(async (client_id) => {
      const tab = userAgent();
      tab.setCookies([...agent.cookies()]);
      return { client_id, page: await tab.get(authorizationUrl(issuer, { client_id })) };
    }),
  );

async function sessionOf(agent: UserAgent) {
  const { value } = agent.cookies().find(({ name }) => name === 'session')!;
  return (await stage.acme.store.artifacts.find('Session', sha256(value)))?.payload;
}

test('twenty applications opened at once: all codes are good, and the session knows all of them', async () => {
  const { agent } = await signedIn(issuer);
  const tabs = await openAll(agent);
  const payload = await sessionOf(agent);
  expect(Object.keys(payload!.authorizations as object).sort()).toEqual([...CLIENTS, 'first-party'].sort());
  const answers = await Promise.all(tabs.map(({ client_id, page }) => redeem(issuer, answerOf(page).code, client_id)));
  expect(answers.map(({ status }) => status)).toEqual(CLIENTS.map(() => 200));
  // Refresh tokens without offline_access end with the session, so they need it, too.
  expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(CLIENTS.length);
});

test.each(Array.from({ length: 10 }, (_, i) => i))(
  'a logout among racing authorizations is final (%i)',
  async (round) => {
    const { agent } = await signedIn(issuer);
    const cookies = [...agent.cookies()];
    const page = await agent.get(`${issuer}/session/end`);
    const { action, fields } = formsOf(page)[0]!;
    const [before, after] = [CLIENTS.slice(0, round), CLIENTS.slice(round, 10)];
    const [first, , last] = await Promise.all([
      openAll(agent, before),
      agent.post(action, { ...fields, logout: 'yes' }),
      openAll(agent, after),
    ]);

    const returning = userAgent();
    returning.setCookies(cookies);
    expect(await sessionOf(returning)).toBeUndefined();
    for (const { client_id, page } of [...first, ...last]) {
      const { code } = answerOf(page);
      if (code) expect(await redeem(issuer, code, client_id)).toMatchObject({ body: { error: 'invalid_grant' } });
    }
    const again = await returning.get(authorizationUrl(issuer, { client_id: 'first-party' }));
    expect(again.body).toContain('name="password"');
  },
);
