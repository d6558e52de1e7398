import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basic, rawClient } from '../support/raw-client.ts';
import { answerOf, authorizationUrl, redeem, type Stage, setStage, signedIn } from '../support/stage.ts';

/** Which scripts of other sites may read what: documents all, endpoints those of the client's own origins, pages none. */

let stage: Stage;
let issuer: string;
let accessToken: string;
beforeAll(async () => {
  stage = await setStage();
  issuer = stage.acme.issuer;
  const { page } = await signedIn(issuer);
  accessToken = String((await redeem(issuer, answerOf(page).code)).body.access_token);
});
afterAll(() => stage.stop());

const OWN = 'https://app.example.com';
const FOREIGN = [
  'https://evil.example',
  'null',
  'http://app.example.com',
  'https://app.example.com.evil.example',
  'https://app.example.com:444',
  'https://APP.example.com',
  'file://',
];

const readers = (origin: string) => {
  const client = rawClient(issuer, 'first-party');
  const headers = { ...basic('first-party'), origin };
  return {
    token: () => client.post('/token', { grant_type: 'refresh_token', refresh_token: 'rt_x' }, headers),
    introspection: () => client.post('/token/introspection', { token: 'x' }, headers),
    revocation: () => client.post('/token/revocation', { token: 'x' }, headers),
    request: () => client.post('/request', { client_id: 'first-party' }, headers),
    userinfo: () => client.get('/me', { authorization: `Bearer ${accessToken}`, origin }),
  };
};
type Name = keyof ReturnType<typeof readers>;
const NAMES: Name[] = ['token', 'introspection', 'revocation', 'request', 'userinfo'];

test.each(NAMES)("%s is read by scripts of the client's own origin only", async (name) => {
  const own = await readers(OWN)[name]();
  expect(own.headers.get('access-control-allow-origin')).toBe(OWN);
  for (const origin of FOREIGN) {
    const answer = await readers(origin)[name]();
    expect({ origin, allowed: answer.headers.get('access-control-allow-origin') }).toEqual({ origin, allowed: null });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
});

test('nothing is ever allowed with credentials, nor to an origin that has no name', async () => {
  for (const origin of [OWN, ...FOREIGN]) {
    for (const path of [
      '/token',
      '/me',
      '/request',
      '/jwks',
      '/.well-known/openid-configuration',
      '/auth',
      '/session/end',
      '/session/end/confirm',
      '/interaction/x/login',
      '/assets/page.css',
    ]) {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const { headers } = await fetch(issuer + path, {
          method,
          redirect: 'manual',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
        expect(headers.get('access-control-allow-credentials')).toBeNull();
        expect({ path, method, allowed: headers.get('access-control-allow-origin') }).not.toMatchObject({
          allowed: 'null',
        });
      }
    }
  }
});

test.each(['/auth', '/session/end', '/session/end/success', '/interaction/x', '/nothing', '/assets/page.css'])(
  'no script of another site reads %s',
  async (path) => {
    for (const method of ['GET', 'OPTIONS']) {
      const target = path === '/auth' ? authorizationUrl(issuer) : issuer + path;
      const response = await fetch(target, {
        method,
        redirect: 'manual',
        headers: { origin: OWN, 'access-control-request-method': 'GET' },
      });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  },
);

test.each(['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
  'all may read %s',
  async (path) => {
    const response = await fetch(issuer + path, { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  },
);
