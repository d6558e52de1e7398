import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventually } from '../support/eventually.ts';
import { ecKeys, es256, forge, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { newCode, rawClient, USER } from '../support/raw-client.ts';
import { CALLBACK, webClient } from '../support/relying-party.ts';
import { createUserAgent } from '../support/user-agent.ts';

/** T117 from end to end: addresses that clients register lead into the network of the server, or not. */

const keys = ecKeys();
const jwks = { keys: [{ ...publicJwk(keys.publicKey), kid: 'k', use: 'sig', alg: 'ES256' }] };

/** A server inside, which counts who connects. */
let inside: Server;
let base: string;
let connects = 0;
let asked: string[] = [];
beforeAll(async () => {
  inside = createServer((req, res) => {
    asked.push(req.url!);
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks));
  });
  inside.on('connection', () => {
    connects += 1;
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(inside.address() as AddressInfo).port}`;
});
afterAll(() => void inside.close());

describe.each([
  ['by default', {}, false],
  ['with GATEHOUSE_OUTBOUND_ALLOW', { GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' }, true],
])('loopback, %s', (_, env, isOpen) => {
  let gatehouse: TestGatehouse;
  let acme: Tenant;
  beforeAll(async () => {
    connects = 0;
    gatehouse = await startGatehouse(env);
    acme = await inhabited(gatehouse, 'acme');
  });
  afterAll(() => gatehouse.stop());
  const seen = () => connects > 0;

  test('jwks_uri', async () => {
    const { client_secret: _, ...metadata } = webClient('keyed', {
      redirect_uris: [],
      post_logout_redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks_uri: `${base}/jwks`,
    });
    await gatehouse.services.clients.create(acme, metadata);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'keyed', sub: 'keyed', aud: acme.issuer, jti: 'j', iat: now, exp: now + 60 };
    const { status, body } = await rawClient(acme.issuer, 'keyed').token(
      {
        grant_type: 'client_credentials',
        client_assertion: forge({ alg: 'ES256', kid: 'k' }, claims, es256(keys.privateKey)),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      {},
    );
    expect({ status, error: body.error, seen: seen() }).toEqual(
      isOpen ? { status: 200, error: undefined, seen: true } : { status: 401, error: 'invalid_client', seen: false },
    );
    // Nobody is told what is inside.
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|public address|ECONNREFUSED/);
  });

  test('sector_identifier_uri', async () => {
    connects = 0;
    // Read when the client is registered, and by nobody's later request. It speaks TLS only, which nobody here does, so
    // that even an opened network has no answer.
    const sector_identifier_uri = `${base.replace('http:', 'https:')}/sector`;
    const metadata = webClient('pairwise', { subject_type: 'pairwise', sector_identifier_uri });
    const refusal = await gatehouse.services.clients.create(acme, metadata).catch((error) => error);
    expect({ code: refusal.code, pointer: refusal.problems[0].pointer, seen: seen() }).toEqual({
      code: 'invalid_input',
      pointer: '/sector_identifier_uri',
      seen: isOpen,
    });
    expect(refusal.message).not.toMatch(/127\.0\.0\.1|public address|ECONNREFUSED/);
  });

  test('backchannel_logout_uri', async () => {
    connects = 0;
    asked = [];
    const { clients, deliveries, accounts } = gatehouse.services;
    await clients.change(acme, 'web', webClient('web', { backchannel_logout_uri: `${base}/logout` }));
    const agent = createUserAgent({ stopAt: CALLBACK });
    await newCode(agent, rawClient(acme.issuer, 'web'));
    await accounts.signOutEverywhere(acme, (await accounts.findByIdentifier(acme, USER))!.id);
    await eventually(async () => {
      const [delivery] = (await deliveries.list(acme)).items;
      return delivery?.state === (isOpen ? 'sent' : 'queued') && delivery.attempts === 1;
    });
    // A connection that is there already may be used again.
    expect(asked).toEqual(isOpen ? ['/logout'] : []);
    expect(isOpen || connects === 0).toBe(true);
    const [delivery] = (await deliveries.list(acme)).items;
    expect(delivery?.reason).toBe(
      isOpen ? undefined : 'the receiver cannot be reached: 127.0.0.1 is not a public address',
    );
  });
});
