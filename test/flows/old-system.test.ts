import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHttpServer } from '../support/http-server.ts';
import { answerOf, authorizationUrl, type Stage, setStage, signIn, userAgent } from '../support/stage.ts';

let stage: Stage;
let old: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  stage = await setStage({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
  old = await startHttpServer();
  const secret = `whsec_${Buffer.from('a secret of the old system').toString('base64')}`;
  const settings = {
    ...(await stage.services.tenants.get('acme'))!.settings,
    password: { migration: { url: old.url, secret } },
  };
  await stage.services.tenants.change('acme', { settings });
  // The old system knows one user.
  old.state.answer = ({ body }, res) => {
    const { identifier } = JSON.parse(body).data;
    const user = { email: identifier, email_verified: true, name: 'Old Hand' };
    res.end(JSON.stringify(identifier === 'old@example.com' ? { verified: true, user } : { verified: false }));
  };
});
afterAll(async () => {
  await stage.stop();
  await old.stop();
});

const attempt = async (identifier: string) => {
  const agent = userAgent();
  const asked = await agent.get(authorizationUrl(stage.acme.issuer, { client_id: 'first-party' }));
  return signIn(agent, asked, identifier);
};

test('a user of the old system signs in as ever, and from then on without it', async () => {
  expect(answerOf(await attempt('old@example.com')).code).toBeDefined();
  expect(old.state.received).toHaveLength(1);
  expect(answerOf(await attempt('old@example.com')).code).toBeDefined();
  expect(old.state.received).toHaveLength(1);
});

test('T093 T106 a stranger, and a user who is disabled here, get one page', async () => {
  const shown = (page: { status: number; body: string }, name: string) => [
    page.status,
    page.body
      .replaceAll(name, 'NAME')
      .replaceAll(/value="[^"]*"|interaction[/=][^"/&]+|challenge&quot;:&quot;[^&]+/g, ''),
  ];
  const { accounts } = stage.services;
  const user = await accounts.create(stage.acme, { email: 'disabled@example.com', to_migrate: true });
  await accounts.disable(stage.acme, user.id);
  const stranger = await attempt('stranger@example.com');
  const disabled = await attempt('disabled@example.com');
  expect(disabled.status).toBe(422);
  expect(shown(disabled, 'disabled@example.com')).toEqual(shown(stranger, 'stranger@example.com'));
});
