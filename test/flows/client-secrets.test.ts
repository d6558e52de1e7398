import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { moveClock, restoreClock } from '../support/clock.ts';
import { forge, hs256 } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { basic, type Fields, newCode, rawClient } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** Two secrets of a client are good while one takes the place of the other. */

let gatehouse: TestGatehouse;
let acme: Tenant;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  acme = await inhabited(gatehouse, 'acme');
});
afterEach(restoreClock);
afterAll(() => gatehouse.stop());

/** What is known of a client is kept for a second. Wrong secrets are counted, so that it cannot be asked again and again. */
const forgotten = () => wait(1010);

let counter = 0;
function assertion(clientId: string, secret: string): Fields {
  counter += 1;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: acme.issuer, jti: `j${counter}`, iat: now, exp: now + 60 };
  return {
    client_assertion: forge({ alg: 'HS256' }, claims, hs256(secret)),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}

/** How each method shows a secret: fields and headers. */
const SHOW: Record<string, (clientId: string, secret: string) => [Fields, Fields]> = {
  client_secret_basic: (id, secret) => [{}, basic(id, secret)],
  client_secret_post: (client_id, client_secret) => [{ client_id, client_secret }, {}],
  client_secret_jwt: (id, secret) => [assertion(id, secret), {}],
};

describe.each(Object.keys(SHOW))('%s', (method) => {
  const metadata = {
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: method,
  };
  const ask = async (clientId: string, secret: string) => {
    const [fields, headers] = SHOW[method]!(clientId, secret);
    return (await rawClient(acme.issuer, clientId).token({ grant_type: 'client_credentials', ...fields }, headers))
      .status;
  };

  test('the old secret and the new one, until the overlap is over', async () => {
    const { clients } = gatehouse.services;
    const first = await clients.create(acme, metadata);
    const { id } = first.client;
    const old = first.secret!;
    expect(await ask(id, old)).toBe(200);
    const { secret } = await clients.rotateSecret(acme, id, 600);
    await forgotten();
    expect([await ask(id, secret), await ask(id, old), await ask(id, `${old}x`)]).toEqual([200, 200, 401]);
    moveClock(600);
    expect([await ask(id, secret), await ask(id, old)]).toEqual([200, 401]);
  });
});

test('a secret that is shown and signed with, too: request objects by either while both are good', async () => {
  const { clients } = gatehouse.services;
  const old = 'k'.repeat(40);
  await clients.create(acme, webClient('signs', { request_object_signing_alg: 'HS256', client_secret: old }));
  expect(await signIn(old, old)).toBe(200);
  expect(await signIn(old, 'k'.repeat(39))).toBe(401);
  const { secret } = await clients.rotateSecret(acme, 'signs');
  await forgotten();
  expect(await signIn(secret, secret)).toBe(200);
  expect(await signIn(old, old)).toBe(200);
  expect(await signIn(old, secret)).toBe(200);
  await expect(signIn('x'.repeat(40), secret)).rejects.toThrow('no code');
});

/** Asks by a request object that is signed with `key`, and redeems the code with `shown`. */
async function signIn(key: string, shown: string): Promise<number> {
  const agent = createUserAgent({ stopAt: CALLBACK });
  const client = rawClient(acme.issuer, 'signs', { headers: basic('signs', shown) });
  const now = Math.floor(Date.now() / 1000);
  const { query, redemption } = client.begin();
  const claims = { ...query, iss: 'signs', aud: acme.issuer, iat: now, exp: now + 60 };
  const code = await newCode(agent, client, { request: forge({ alg: 'HS256' }, claims, hs256(key)) });
  return (await client.token({ ...code, code_verifier: redemption.code_verifier! })).status;
}
