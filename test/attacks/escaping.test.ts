import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MARKUP } from '../support/hostile.ts';
import { dangers, elementsOf, fieldValue, textOf } from '../support/html.ts';
import { PASSWORD, webClient } from '../support/relying-party.ts';
import {
  answerOf,
  authorizationUrl,
  isMain,
  type Stage,
  setStage,
  signedIn,
  signIn,
  userAgent,
} from '../support/stage.ts';
import type { UserAgent } from '../support/user-agent.ts';

/** Text of others on our pages stays text. */

let stage: Stage;
let issuer: string;
let signed: UserAgent;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
  signed = (await signedIn(issuer)).agent;
});
afterAll(() => stage.stop());

const inputsOf = (html: string) =>
  Object.fromEntries(
    elementsOf(html)
      .filter(({ name, attributes }) => name === 'input' && attributes.type === 'hidden')
      .map(({ attributes }) => [attributes.name, attributes.value]),
  );

test.each(MARKUP)('state and nonce %j come back as they are, in each response mode', async (text) => {
  const hostile = { client_id: 'first-party', state: text, nonce: text };
  for (const response_mode of ['query', 'fragment'])
    expect(answerOf(await signed.get(authorizationUrl(issuer, { ...hostile, response_mode })))).toMatchObject({
      state: text,
      iss: issuer,
    });

  for (const more of [{}, { max_age: 'x' }, { prompt: 'none', max_age: '0' }]) {
    const page = await signed.get(authorizationUrl(issuer, { ...hostile, ...more, response_mode: 'form_post' }));
    expect(page.headers.get('location')).toBeNull();
    const body = page.body.replace(/<script>[\s\S]*?<\/script>/, '');
    expect(inputsOf(body)).toMatchObject({ state: text, iss: issuer });
    const names = elementsOf(body).map(({ name }) => name);
    expect(names.filter((name) => !/^(html|head|meta|title|body|form|input|noscript|br|button)$/.test(name))).toEqual(
      [],
    );
    expect(page.body.match(/<script/g)).toHaveLength(1);
  }
});

test.each(MARKUP)('login_hint, ui_locales and what is typed: %j', async (text) => {
  const agent = userAgent();
  const hostile = { login_hint: text, ui_locales: text, acr_values: `${text} urn:gatehouse:aal1` };
  const page = await agent.get(authorizationUrl(issuer, hostile));
  expect(dangers(page.body)).toEqual([]);
  expect(fieldValue(page.body, 'identifier')).toBe(text);
  const again = await agent.submit(page, { identifier: text.replaceAll('\u0000', ''), password: 'wrong' }, isMain);
  expect([again.status, dangers(again.body)]).toEqual([422, []]);
});

test.each(MARKUP)('errors that repeat what was sent: %j', async (text) => {
  const addresses = [
    authorizationUrl(issuer, { client_id: text }),
    authorizationUrl(issuer, { redirect_uri: text }),
    `${issuer}/session/end?${new URLSearchParams({ client_id: text })}`,
    `${issuer}/session/end?${new URLSearchParams({ post_logout_redirect_uri: text, state: text, ui_locales: text })}`,
    `${issuer}/session/end/success?${new URLSearchParams({ client_id: text })}`,
    `${issuer}/interaction/x?${new URLSearchParams({ client: text })}`,
    `${issuer}/${encodeURIComponent(text)}`,
    `${stage.url}/t/${encodeURIComponent(text)}/auth`,
  ];
  for (const address of addresses) {
    const { body, status } = await signed.get(address, { accept: 'text/html' });
    expect({ address, found: dangers(body.replaceAll('op.logoutForm', '')) }).toEqual({ address, found: [] });
    expect(status).toBeLessThan(500);
  }
});

test.each(MARKUP)('a tenant, a client, an API and a user that are called %j', async (text) => {
  const { services } = stage;
  const id = `hostile-${MARKUP.indexOf(text)}`;
  // What nobody can see may not be part of a name.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is taken out
  const visible = text.replace(/[\u202e\u0000\u2028\u2029]/g, '');
  const tenant = await stage.tenant({
    id,
    name: visible,
    settings: {
      signing: { algorithms: ['ES256'] },
      branding: { display_name: visible },
      resources: [{ indicator: 'urn:api', name: visible, scopes: ['a<b>', "'onload=1"] }],
    },
  });
  await services.clients.create(tenant, webClient('web', { client_name: visible }));
  const user = { email: 'ada@example.com', email_verified: true, password: PASSWORD, name: visible };
  await services.accounts.create(tenant, user);

  const agent = userAgent();
  const request = { resource: 'urn:api', scope: "openid a<b> 'onload=1" };
  const asked = await agent.get(authorizationUrl(tenant.issuer, request));
  const consent = await signIn(agent, asked);
  const pages = [
    asked,
    consent,
    await agent.get(authorizationUrl(tenant.issuer, { prompt: 'select_account' })),
    await agent.get(`${tenant.issuer}/session/end?client_id=web`),
    await agent.get(`${tenant.issuer}/session/end/success?client_id=web`),
    await agent.get(authorizationUrl(tenant.issuer, { client_id: 'nobody' })),
  ];
  for (const { url, body } of pages) {
    expect({ url, found: dangers(body.replaceAll('op.logoutForm', '')) }).toEqual({ url, found: [] });
    expect(textOf(body)).toContain(visible.replace(/\s+/g, ' '));
  }
  expect(consent.body).toContain('value="accept"');
});

test.each(MARKUP.slice(0, 4))('branding takes no %j', async (text) => {
  for (const branding of [{ primary_color: text }, { logo_uri: text }, { logo_uri: `javascript:${text}` }]) {
    const made = stage.services.tenants.create({ id: 'branded', name: 'x', settings: { branding } });
    await expect(made).rejects.toMatchObject({ code: 'invalid_input' });
  }
  for (const field of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri']) {
    const made = stage.services.clients.create(stage.acme, webClient('x', { [field]: `javascript:${text}` }));
    await expect(made).rejects.toMatchObject({ problems: [{ pointer: `/${field}` }] });
  }
});
