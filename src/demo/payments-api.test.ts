import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import request from 'supertest';
import { createPaymentsApi, type TokenState } from './payments-api.ts';

const now = Math.floor(Date.now() / 1000);
const good: TokenState = { active: true, acr: 'urn:gatehouse:aal2', amr: ['pwd', 'otp', 'mfa'], auth_time: now - 60 };

const pay = (state: TokenState, authorization?: string) => {
  const api = createPaymentsApi(async (token) => (token === 'good' ? state : { active: false }));
  const post = request(createServer((req, res) => void api(req, res))).post('/');
  return authorization === undefined ? post : post.set('authorization', authorization);
};

test('a token of two factors, one of them new, pays', async () => {
  const { status, body } = await pay(good, 'Bearer good');
  const { acr, amr, auth_time } = good;
  expect([status, body]).toEqual([201, { paid: '1,000 EUR', acr, amr, auth_time }]);
  expect((await pay({ ...good, acr: 'urn:gatehouse:aal3' }, 'bearer good')).status).toBe(201);
});

const MORE =
  'Bearer error="insufficient_user_authentication", error_description="a payment takes a second factor, and a proof that is no older than five minutes", acr_values="urn:gatehouse:aal2", max_age="300"';

test.each<[string, TokenState, string | undefined, string]>([
  ['no token', good, undefined, 'Bearer'],
  ['another scheme', good, 'Basic good', 'Bearer'],
  ['a token that is over', good, 'Bearer old', 'Bearer error="invalid_token"'],
  ['one factor', { ...good, acr: 'urn:gatehouse:aal1' }, 'Bearer good', MORE],
  ['no level', { active: true, auth_time: now }, 'Bearer good', MORE],
  ['a level of another name', { ...good, acr: 'urn:gatehouse:aal22' }, 'Bearer good', MORE],
  ['a proof that is too old', { ...good, auth_time: now - 310 }, 'Bearer good', MORE],
  ['no time', { active: true, acr: good.acr }, 'Bearer good', MORE],
  ['a time that is none', { ...good, auth_time: 'now' }, 'Bearer good', MORE],
])('%s: a challenge (RFC 6750 3, RFC 9470 3)', async (_, state, authorization, expected) => {
  const { status, headers } = await pay(state, authorization);
  expect([status, headers['www-authenticate']]).toEqual([401, expected]);
});
