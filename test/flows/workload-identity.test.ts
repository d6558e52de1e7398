import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import * as openid from 'openid-client';
import { moveClock, restoreClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf, headerOf, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { rawClient } from '../support/raw-client.ts';
import { relyingParty } from '../support/relying-party.ts';
import { JWT_BEARER, startWorkloadIssuer, type WorkloadIssuer } from '../support/workload-issuer.ts';
import { DEPLOY_API, REPORT_API, setWorkloadStage, type WorkloadStage } from '../support/workload-stage.ts';

let gatehouse: TestGatehouse;
let ci: WorkloadIssuer;
let acme: WorkloadStage;

beforeAll(async () => {
  [gatehouse, ci] = await Promise.all([
    startGatehouse({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' }),
    startWorkloadIssuer(),
  ]);
  acme = await setWorkloadStage(gatehouse, 'acme', ci);
});
afterEach(restoreClock);
afterAll(() => Promise.all([gatehouse?.stop(), ci?.stop()]));

test('a job of a CI service gets a token without any secret (RFC 7523 2.1)', async () => {
  const { config } = await relyingParty(acme.tenant.issuer, 'deployer', { auth: openid.None() });
  const answer = await openid.genericGrantRequest(config, JWT_BEARER, {
    assertion: acme.assert(),
    resource: DEPLOY_API,
  });
  expect(answer).toEqual({
    access_token: expect.any(String),
    expires_in: 600,
    scope: 'deploy',
    token_type: 'bearer',
  });
  expect(headerOf(answer.access_token)).toMatchObject({ typ: 'at+jwt' });
  const subject = { sub: 'deployer', client_id: 'deployer' };
  expect(claimsOf(answer.access_token)).toMatchObject({ ...subject, aud: DEPLOY_API, scope: 'deploy' });
});

test('what happened is in the audit, by the name that the issuer has for the workload', async () => {
  const where = { field: 'type', equals: 'assertion.accepted' };
  const items = await eventually(async () => {
    const found = (await gatehouse.services.audit.find('acme', { where })).items;
    return found.length > 0 ? found : undefined;
  });
  expect(items).toMatchObject([
    {
      actor: 'deployer',
      details: { issuer: ci.issuer, subject: 'repo:acme/shop', resource: DEPLOY_API, scope: 'deploy' },
    },
  ]);
});

test('a rule is for whom it describes: by claims alone, and one of several values', async () => {
  const other = { sub: 'repo:acme/other' };
  const reporter = { client_id: 'reporter', resource: REPORT_API };
  const { body } = await acme.show(acme.assert(other), { ...reporter, scope: 'read' });
  expect(body).toMatchObject({ access_token: expect.stringMatching(/^cc_/), scope: 'read' });
  expect((await acme.show(acme.assert({ ref: 'refs/heads/hotfix' }))).status).toBe(200);
});

test('its API is the only one that a rule has needs no name', async () => {
  const { body } = await acme.show(acme.assert(), { client_id: 'reporter', resource: '' });
  expect(body.scope).toBe('read write');
});

test('the address of the token endpoint is an audience as good', async () => {
  expect((await acme.show(acme.assert({ aud: `${acme.tenant.issuer}/token` }))).status).toBe(200);
});

test('keys may stand in the settings; assertions may be shown again where the issuer does so', async () => {
  const jwk = { ...publicJwk(ci.keys.publicKey), kid: 'ci-1' };
  const trust = { jwks_uri: undefined, jwks: { keys: [jwk] }, single_use: false, audience: ['https://k8s.example'] };
  const cluster = await setWorkloadStage(gatehouse, 'cluster', ci, trust);
  const assertion = cluster.assert({ aud: ['https://k8s.example', 'https://other.example'] });
  expect((await cluster.show(assertion)).status).toBe(200);
  expect((await cluster.show(assertion)).status).toBe(200);
});

test('a new key of the issuer is found', async () => {
  ci.state.kid = 'ci-2';
  moveClock(61);
  expect((await acme.show(acme.assert())).status).toBe(200);
});

test('discovery offers it where the tenant trusts somebody', async () => {
  const { body } = await rawClient(acme.tenant.issuer, 'deployer').get('/.well-known/openid-configuration');
  expect(body.grant_types_supported).toContain(JWT_BEARER);
  const plain = await gatehouse.tenant({ id: 'plain' });
  const { body: other } = await rawClient(plain.issuer, 'x').get('/.well-known/openid-configuration');
  expect(other.grant_types_supported).not.toContain(JWT_BEARER);
});
