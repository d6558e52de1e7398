import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { fakeInteraction, fakeTenant, pagesApp } from '../../test/support/hosted-pages.ts';
import { dangers, elementsOf, fieldValue, textOf } from '../../test/support/html.ts';
import { unavailable } from '../core/errors.ts';
import { csrfToken } from '../http/csrf.ts';
import type { Interaction } from '../oidc/interaction.ts';

const missing = {
  scopes: ['openid', 'email', 'boats:read'],
  claims: ['birthdate'],
  resources: { 'https://api.example': ['fly'] },
  details: [{ type: 'payment', amount: { currency: 'EUR' } }],
};

/** One interaction of each kind, by uid. */
const kinds = {
  login: fakeInteraction({ uid: 'login' }),
  choose: fakeInteraction({ uid: 'choose', prompt: 'select_account', accountId: 'ada' }),
  consent: fakeInteraction({ uid: 'consent', prompt: 'consent', accountId: 'ada', missing }),
} satisfies Record<string, Interaction>;

const STEPS = ['login', 'account', 'consent', 'cancel'] as const;
type Step = (typeof STEPS)[number];

const fields: Record<Step, Record<string, string>> = {
  login: { identifier: 'ada@example.com', password: 'right', remember: 'yes' },
  account: { choice: 'continue' },
  consent: { decision: 'accept' },
  cancel: {},
};

function harness(options: Parameters<typeof pagesApp>[0] = {}) {
  const made = pagesApp({ interactions: Object.values(kinds), ...options });
  const http = made.app.callback();
  return {
    ...made,
    get: (path: string) => request(http).get(`/t/acme/interaction/${path}`),
    post: (uid: string, step: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      request(http)
        .post(`/t/acme/interaction/${uid}/${step}?client=web`)
        .set(headers)
        .type('form')
        .send({ csrf: csrfToken(made.tenant, uid), ...form }),
  };
}

describe('GET shows what is asked', () => {
  test.each([
    ['login', 'Sign in', 'login'],
    ['choose', 'Choose an account', 'account'],
    ['choose?another=yes', 'Sign in', 'login'],
    ['consent', 'Paper Boat asks for access', 'consent'],
  ])('%s: %s', async (path, title, step) => {
    const { text, headers } = await harness().get(path).expect(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toMatch(/form-action 'self' https:\/\/app\.boat\.example$/);
    expect(text).toContain(`<title>${title} · Acme Inc</title>`);
    expect(text.length).toBeLessThan(60 * 1024);
    expect(dangers(text)).toEqual([]);
    expect(elementsOf(text).filter((element) => element.attributes.class === 'primary')).toHaveLength(1);
    const forms = elementsOf(text).filter((element) => element.name === 'form');
    expect(forms[0]!.attributes.action).toBe(`/t/acme/interaction/${path.split('?')[0]}/${step}?client=web`);
    const { tenant } = harness();
    expect(fieldValue(text, 'csrf')).toBe(csrfToken(tenant, path.split('?')[0]!));
  });

  test('consent in plain words, with the host the answer goes to', async () => {
    const { text } = await harness().get('consent');
    for (const words of [
      'Ada Lovelace',
      'ada@example.com',
      'Know who you are',
      'See your email address',
      'Use the permission “boats:read”',
      'See “birthdate” of your profile',
      'With https://api.example:',
      'Use the permission “fly”',
      'app.boat.example',
    ]) {
      expect(textOf(text)).toContain(words);
    }
  });

  test.each([
    ['the hint of the client', { params: { client_id: 'web', login_hint: 'eve@example.com' } }, 'eve@example.com'],
    ['who is signed in, to be asked again', { accountId: 'ada' }, 'ada@example.com'],
    ['the hint before that', { accountId: 'ada', params: { client_id: 'web', login_hint: 'x' } }, 'x'],
    ['nothing', {}, ''],
  ])('the identifier is filled in with %s', async (_, over, expected) => {
    const { get } = harness({ interactions: [fakeInteraction({ uid: 'login', ...over })] });
    expect(fieldValue((await get('login')).text, 'identifier')).toBe(expected);
  });

  test('in the language of ui_locales, which then stays', async () => {
    const interaction = fakeInteraction({ uid: 'login', params: { client_id: 'web', ui_locales: 'de' } });
    const { text, headers } = await harness({ interactions: [interaction] }).get('login');
    expect(text).toContain('<html lang="de" dir="ltr">');
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^locale=de; Path=\/t\/acme; Max-Age=\d+; HttpOnly; SameSite=Lax$/),
    ]);
    const later = await harness().get('login').set('Cookie', 'locale=de').set('Accept-Language', 'en');
    expect(later.text).toContain('lang="de"');
  });

  test('the address of an answered form leads back to what is asked', async () => {
    for (const step of STEPS) {
      const { headers } = await harness().get(`login/${step}?client=web`).expect(303);
      expect(headers.location).toBe('/t/acme/interaction/login?client=web');
    }
    await harness().get('%2f%2fevil.example/login').expect('Location', '/t/acme/interaction/%2F%2Fevil.example?');
  });
});

describe('each step answers its own prompt and no other', () => {
  const outcomes: Record<keyof typeof kinds, Partial<Record<Step, string>>> = {
    login: {
      login: 'finishSignIn login',
      cancel: 'abort login "access_denied"',
    },
    choose: {
      login: 'finishSignIn choose',
      account: 'keepAccount choose',
      cancel: 'abort choose "access_denied"',
    },
    consent: { consent: 'grantConsent consent', cancel: 'abort consent "access_denied"' },
  };
  const matrix = Object.keys(kinds).flatMap((uid) => STEPS.map((step) => [uid as keyof typeof kinds, step] as const));

  test.each(matrix)('asked: %s, given: %s', async (uid, step) => {
    const { post, calls, events, byUid } = harness();
    const answer = await post(uid, step, fields[step]);
    const expected = outcomes[uid][step];
    expect(answer.headers['cache-control']).toBe('no-store');
    if (expected) {
      expect(answer.status).toBe(303);
      expect(answer.headers.location).toBe(`http://localhost:3000/t/acme/auth/${uid}`);
      expect(calls).toEqual([expect.stringContaining(expected)]);
      const isSignIn = expected.startsWith('finishSignIn');
      expect(events.map(({ type }) => type)).toEqual(isSignIn ? ['sign_in.succeeded'] : []);
      if (isSignIn) expect(calls[0]).toMatch(/"accountId":"ada".*"remember":true.*"amr":\["pwd"\]/);
    } else {
      expect(answer.status).toBe(400);
      expect(textOf(answer.text)).toContain('Let us go on where you were');
      expect(answer.headers.location).toBeUndefined();
      expect(calls).toEqual([]);
      expect(byUid.has(uid)).toBe(true);
      expect(events).toEqual([expect.objectContaining({ type: 'step.refused', outcome: 'failure', clientId: 'web' })]);
    }
  });

  test('deny is an answer too', async () => {
    const { post, calls } = harness();
    await post('consent', 'consent', { decision: 'deny' }).expect(303);
    expect(calls).toEqual(['abort consent "access_denied"']);
  });

  test('another account leads to the sign-in form, and nothing is decided', async () => {
    const { post, calls } = harness();
    const { headers } = await post('choose', 'account', { choice: 'other' }).expect(303);
    expect(headers.location).toBe('/t/acme/interaction/choose?another=yes&client=web');
    expect(calls).toEqual([]);
  });

  test('there is no account to go on with where nobody is signed in', async () => {
    const { post, calls } = harness({ interactions: [fakeInteraction({ uid: 'choose', prompt: 'select_account' })] });
    await post('choose', 'account', { choice: 'continue' }).expect(400);
    expect(calls).toEqual([]);
  });
});

describe('every POST route is guarded', () => {
  const routes = harness()
    .login.stack.filter((layer) => layer.methods.includes('POST'))
    .map((layer) => String(layer.path));

  test('there is one for each step', () => {
    expect(routes).toEqual(STEPS.map((step) => `/interaction/:uid/${step}`));
  });

  const attacks: [string, Record<string, string>, Record<string, string>][] = [
    ['no token', { csrf: '' }, {}],
    ["another interaction's token", { csrf: csrfToken(fakeTenant(), 'other') }, {}],
    ["another tenant's token", { csrf: csrfToken(fakeTenant({ issuer: 'http://localhost:3000/t/b' }), 'login') }, {}],
    ['another origin', {}, { Origin: 'https://evil.example' }],
    ['another site', {}, { 'Sec-Fetch-Site': 'cross-site' }],
    ['another host of our site', {}, { 'Sec-Fetch-Site': 'same-site' }],
    ['a sandboxed frame', {}, { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
  ];

  test.each(routes.flatMap((route) => attacks.map((attack) => [route, ...attack] as const)))(
    '%s refuses %s',
    async (route, _, form, headers) => {
      const step = route.split('/').at(-1) as Step;
      const uid = { login: 'login', account: 'choose', consent: 'consent', cancel: 'login' }[step];
      const { post, calls, events } = harness();
      const { text } = await post(uid, step, { ...fields[step], ...form }, headers).expect(403);
      expect(textOf(text)).toContain('Nothing was changed');
      expect(calls).toEqual([]);
      expect(events).toEqual([
        { type: 'csrf.refused', outcome: 'failure', ip: '192.0.2.1', requestId: 'req-1', details: expect.anything() },
      ]);
    },
  );

  test.each([
    ['a field twice', 'application/x-www-form-urlencoded', 'a=1&a=2', 400],
    ['JSON', 'application/json', '{}', 415],
    ['too much', 'application/x-www-form-urlencoded', `a=${'x'.repeat(60_000)}`, 413],
  ])('refuses %s', async (_, type, body, status) => {
    const { app, calls, events } = harness();
    const send = request(app.callback()).post('/t/acme/interaction/login/login').set('Content-Type', type).send(body);
    expect(dangers((await send.expect(status)).text)).toEqual([]);
    expect(calls).toEqual([]);
    expect(events.map((event) => event.type)).toEqual(['form.refused']);
  });

  test.each([
    ['account', 'choose', { choice: 'both' }],
    ['account', 'choose', {}],
    ['consent', 'consent', { decision: 'Accept' }],
    ['consent', 'consent', {}],
  ])('%s refuses a choice that was not given: %j', async (step, uid, form) => {
    const { post, calls } = harness();
    await post(uid, step, form).expect(400);
    expect(calls).toEqual([]);
  });
});

describe('what is over', () => {
  test('a form sent twice gets a friendly page with the way back to the client', async () => {
    const { post, calls, events } = harness();
    await post('login', 'login', fields.login).expect(303);
    const { text } = await post('login', 'login', fields.login).expect(400);
    expect(textOf(text)).toContain('This sign-in is over');
    const ways = elementsOf(text).filter(({ attributes }) => attributes.class === 'button');
    expect(ways.map(({ attributes }) => attributes.href)).toEqual(['https://boat.example/']);
    expect(calls).toHaveLength(1);
    expect(events.map((event) => event.type)).toEqual(['sign_in.succeeded', 'interaction.refused']);
  });

  test('two clicks at once: one goes on, the other gets that page', async () => {
    const { post } = harness();
    const answers = await Promise.all([1, 2].map(() => post('login', 'login', fields.login)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400]);
  });

  test.each([
    'nope',
    'nope?client=unknown',
    'nope?client=script',
    'nope?client=web&client=web',
    'nope?client=%22%3E%3Csvg%3E',
  ])('GET %s is that page too, without a link where the client is not known', async (path) => {
    const { text } = await harness().get(path).expect(400);
    expect(dangers(text)).toEqual([]);
    expect(textOf(text)).toContain('This sign-in is over');
    expect(text).not.toContain('class="button"');
  });

  test('looking is not an attempt: only forms are put on record', async () => {
    const { get, events } = harness();
    await get('nope?client=web').expect(400);
    expect(events).toEqual([]);
  });
});

describe('a password that is refused', () => {
  test('is asked for again, the identifier kept', async () => {
    const { post, calls } = harness();
    const form = { identifier: ' ada@example.com ', password: 'hunter2', remember: 'yes' };
    const { text } = await post('login', 'login', form).expect(422);
    expect(text).toContain('<title>Error: Sign in');
    expect(text).toContain('role="alert"');
    expect(text).toContain('href="#password"');
    expect(fieldValue(text, 'identifier')).toBe('ada@example.com');
    expect(text).not.toContain('hunter2');
    const [identifier, password, remember] = elementsOf(text).filter(
      (e) => (e.name === 'input' && e.attributes.id !== undefined) || e.attributes.type === 'checkbox',
    );
    expect(identifier!.attributes).not.toHaveProperty('aria-invalid');
    expect(password!.attributes).toMatchObject({ 'aria-invalid': 'true', 'aria-describedby': 'password-error' });
    expect(remember!.attributes).toHaveProperty('checked');
    expect(calls).toEqual([]);
  });

  test.each([
    [{}, ['identifier', 'password']],
    [{ identifier: 'ada' }, ['password']],
    [{ identifier: '  ', password: 'right' }, ['identifier']],
  ])('is not even looked at when something is missing: %j', async (form, invalid) => {
    const { post, calls } = harness();
    const { text } = await post('login', 'login', form).expect(422);
    const marked = elementsOf(text).filter(({ attributes }) => attributes['aria-invalid']);
    expect(marked.map(({ attributes }) => attributes.name)).toEqual(invalid);
    expect(calls).toEqual([]);
  });

  test('too often: says when to come back', async () => {
    const { post, events } = harness({ signIn: async () => ({ ok: false, reason: 'throttled', retryAfter: 299.2 }) });
    const { text } = await post('login', 'login', fields.login).expect(429).expect('Retry-After', '300');
    expect(textOf(text)).toContain('in 5 minutes');
    expect(elementsOf(text).filter(({ attributes }) => attributes.class === 'button')).toHaveLength(1);
    expect(events).toEqual([]);
  });

  test('by a store that is down: nothing is changed, and the caller learns of the fault', async () => {
    const { post, calls } = harness({ signIn: async () => Promise.reject(unavailable('the store')) });
    await post('login', 'login', fields.login).expect(503).expect('Retry-After', '2');
    expect(calls).toEqual([]);
  });
});

describe('texts of others are shown as they are', () => {
  const payloads = [
    '<script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    '</title><script>alert(1)</script>',
    '`-alert(1)-`',
    'javascript:alert(1)',
    '{{7*7}}',
    '{% raw %}{{ t }}',
    '{{range.constructor("return process")()}}',
    '&lt;b&gt;',
    'A & B "Söhne"',
  ];

  test.each(payloads)('%s', async (payload) => {
    const client = {
      ...kinds.login.client,
      name: payload,
      logoUri: payload,
      clientUri: payload,
      policyUri: payload,
      tosUri: payload,
      redirectHost: payload,
    };
    const params = { client_id: payload, login_hint: payload, ui_locales: payload };
    const evil = {
      scopes: [payload],
      claims: [payload],
      resources: { [payload]: [payload] },
      details: [{ type: payload, [payload]: payload }],
    };
    const tenant = fakeTenant({ name: payload });
    const { get } = harness({
      tenant,
      interactions: Object.values(kinds).map((kind) => ({ ...kind, client, params, missing: evil })),
    });
    for (const uid of Object.keys(kinds)) {
      const { text } = await get(uid).expect(200);
      expect(dangers(text)).toEqual([]);
      expect(textOf(text)).toContain(payload);
    }
    expect(fieldValue((await get('login')).text, 'identifier')).toBe(payload);
  });

  test('a logo comes from where it is declared, and over https only', async () => {
    const show = async (logoUri: string) => {
      const client = { ...kinds.consent.client, logoUri };
      return harness({ interactions: [{ ...kinds.consent, client }] }).get('consent');
    };
    const good = await show('https://cdn.example/logo.png');
    expect(dangers(good.text, ['cdn.example'])).toEqual([]);
    expect(good.headers['content-security-policy']).toContain("img-src 'self' data: https://cdn.example;");
    for (const uri of ['http://cdn.example/logo.png', 'data:image/svg+xml,<svg/>', '/logo.png']) {
      expect((await show(uri)).text).not.toContain('client-logo');
    }
  });
});
