import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { type Shared, STORES, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { inhabited } from '../support/inhabited.ts';
import { type Node, sendTo } from '../support/node-process.ts';
import { basic, bearer, newCode, type RawClient, rawClient } from '../support/raw-client.ts';
import { CALLBACK, PASSWORD, secretOf } from '../support/relying-party.ts';
import { raw } from '../support/stage.ts';
import { createUserAgent, formsOf } from '../support/user-agent.ts';

/** What a real process writes at the most talkative level that is meant for work. */

let at: Shared;
let node: Node;
let acme: Tenant;
let web: RawClient;
beforeAll(async () => {
  at = await shared(STORES.embedded());
  acme = await inhabited(at, 'acme');
  node = await at.start({ LOG_LEVEL: 'debug' });
  web = rawClient(acme.issuer, 'web', { send: sendTo(() => node) });
});
afterAll(() => at.close());

const browser = () => createUserAgent({ stopAt: CALLBACK, send: sendTo(() => node) });
const lines = () => node.output().split('\n').filter(Boolean);
const auditTrail = async () => JSON.stringify(await at.services.audit.find('acme', { limit: 1000 }));

/** Lines are written in batches: waits for all that was logged until now. */
async function logged(): Promise<string> {
  const { headers } = await web.get('/nothing-here');
  await eventually(() => node.output().includes(headers.get('x-request-id')!));
  return node.output();
}

describe('T127 no secret is in logs, metrics or audit trail', () => {
  const secrets: Record<string, string> = {};
  let places: Record<string, string>;

  beforeAll(async () => {
    const plant = (found: Record<string, unknown>) => {
      for (const [name, value] of Object.entries(found)) secrets[name] = String(value);
    };
    plant({ password: PASSWORD, clientSecret: secretOf('web') });
    plant({
      wrongPassword: 'planted-wrong-password',
      typedAsName: 'planted-password-as-name',
      wrongSecret: 'planted-secret',
    });

    // Sign in, with every mistake on the way.
    const agent = browser();
    const { url, redemption } = web.begin({ state: 'planted-state', nonce: 'planted-nonce' });
    let page = await agent.get(url);
    plant({ csrf: formsOf(page)[0]!.fields.csrf, state: 'planted-state', nonce: 'planted-nonce' });
    page = await agent.submit(page, { identifier: 'ada@example.com', password: secrets.wrongPassword! });
    page = await agent.submit(page, { identifier: secrets.typedAsName!, password: secrets.wrongPassword! });
    await agent.post(formsOf(page)[0]!.action, { identifier: secrets.typedAsName!, password: PASSWORD, csrf: 'no' });
    page = await agent.submit(page, { identifier: 'ada@example.com', password: PASSWORD });
    page = await agent.submit(page, { decision: 'accept' });
    const code = new URL(page.url).searchParams.get('code')!;
    plant({ code, verifier: redemption.code_verifier });
    for (const { name, value } of agent.cookies()) plant({ [`cookie ${name}`]: value });

    const { body: tokens } = await web.token({ ...redemption, code });
    const { access_token, refresh_token, id_token } = tokens;
    plant({ access_token, refresh_token, id_token });
    const { body: next } = await web.refresh(refresh_token);
    plant({ nextAccess: next.access_token, nextRefresh: next.refresh_token });
    await web.userinfo(access_token);
    await web.introspect(access_token);
    await web.get(`/me?access_token=${access_token}`);
    await web.get('/me', { ...bearer(access_token), cookie: `session=${secrets['cookie session']}` });
    await web.get('/me', bearer(`${access_token}x`));
    await web.get(`/auth?client_id=web&redirect_uri=x&code=${code}&id_token_hint=${id_token}&request=${id_token}`);
    await web.post('/request', {
      ...web.begin({ id_token_hint: `${id_token}x` }).query,
      client_secret: secretOf('web'),
    });

    // Replays, and secrets where they do not belong.
    const again = await newCode(browser(), web);
    plant({ otherCode: again.code });
    await web.token({ ...again, code_verifier: 'planted-verifier-0123456789012345678901234567890' });
    await web.token({ ...redemption, code });
    await web.refresh(refresh_token);
    await web.refresh(next.refresh_token);
    await web.refresh(next.refresh_token, {}, basic('web', secrets.wrongSecret));
    await web.token({ grant_type: secrets.wrongSecret!, scope: secrets.wrongSecret! });
    await web.token({
      grant_type: 'refresh_token',
      [secrets.wrongSecret!]: 'x',
      refresh_token: `${next.refresh_token}~`,
    });
    await web.post(`/token?client_secret=${secretOf('web')}`, { grant_type: 'client_credentials' }, {});
    await web.request('/token', {
      method: 'POST',
      body: JSON.stringify({ refresh_token }),
      headers: { 'content-type': 'application/json' },
    });
    await web.request(`/t/${code}`, {});
    await web.revoke(next.refresh_token);
    await agent.get(`${acme.issuer}/session/end?id_token_hint=${id_token}&state=planted-state`);
    await agent.get(`${acme.issuer}/session/end?id_token_hint=${id_token}x`);
    await agent.get(`${acme.issuer}/auth/${code}`);

    places = {
      log: await logged(),
      metrics: await (await fetch(`${node.url}/metrics`)).text(),
      audit: await auditTrail(),
    };
  });

  test('everything was planted, and the places are not empty', () => {
    expect(Object.values(secrets).filter((secret) => secret.length < 5)).toEqual([]);
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(['code', 'refresh_token', 'cookie session', 'csrf']));
    for (const place of Object.values(places)) expect(place).toContain('token.reuse_detected');
    expect(places.log).toContain('"level":20');
  });

  test.each(['log', 'metrics', 'audit'])('%s', (place) => {
    const text = places[place]!;
    const found = Object.entries(secrets).filter(([, secret]) =>
      [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')].some((form) => text.includes(form)),
    );
    expect(found.map(([name]) => name)).toEqual([]);
  });
});

test('T128 whatever is sent, each event is one line of JSON, without control characters', async () => {
  const EVIL = [
    'a\r\n{"level":60,"msg":"forged"}',
    '\u001b[31mred\u001b[0m',
    'a\u2028b\u2029c',
    '\u0000\u007f\u0085',
    '\u202eetadmin',
  ];
  const { pathname } = new URL(acme.issuer);
  for (const evil of EVIL) {
    const escaped = encodeURIComponent(evil);
    const agent = browser();
    const page = await agent.get(web.begin({ login_hint: evil, ui_locales: evil, state: evil }).url);
    await agent.submit(page, { identifier: evil, password: evil });
    await agent.get(web.begin({ scope: evil, prompt: evil, response_type: evil, redirect_uri: evil }).url);
    await web.token({ grant_type: evil, scope: evil, resource: evil, code: evil });
    await web.token({ grant_type: 'authorization_code' }, basic(evil, evil));
    await web.get(`/auth?client_id=${escaped}`);
    await web.get('/session/end', {}).then(() => web.get(`/session/end?client_id=${escaped}&id_token_hint=${escaped}`));
    const latin1 = Buffer.from(evil.replace(/[\r\n\0]/g, '')).toString('latin1');
    const hostile: Record<string, string>[] = [{ 'user-agent': latin1 }, { host: latin1, 'x-forwarded-for': latin1 }];
    for (const headers of hostile) {
      await raw(node.url, `${pathname}/${escaped}`, { headers }).catch(() => {});
      await raw(node.url, `/t/${escaped}/token`, { method: 'POST', headers }).catch(() => {});
    }
    await at.services.accounts
      .create(acme, { email: `${EVIL.indexOf(evil)}@example.com`, name: evil, password: PASSWORD })
      .catch(() => {});
  }
  await logged();
  for (const line of lines()) {
    expect(() => JSON.parse(line)).not.toThrow();
    expect(line).not.toMatch(/\p{Cc}|[\u2028\u2029\u202a-\u202e]/u);
    expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
  }
  expect(await auditTrail()).not.toMatch(/\p{Cc}|[\u2028\u2029\u202a-\u202e]/u);
});
