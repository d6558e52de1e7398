import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { moveClock, restoreClock } from '../support/clock.ts';
import { prover, toToken } from '../support/dpop.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf, forgeries, publicJwk } from '../support/forge.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import type { Answer, Fields } from '../support/raw-client.ts';
import { startWorkloadIssuer, type WorkloadIssuer } from '../support/workload-issuer.ts';
import { DEPLOY_API, REPORT_API, setWorkloadStage, type WorkloadStage } from '../support/workload-stage.ts';

let gatehouse: TestGatehouse;
let ci: WorkloadIssuer;
let acme: WorkloadStage;
let globex: WorkloadStage;

beforeAll(async () => {
  gatehouse = await startGatehouse({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' });
  ci = await startWorkloadIssuer();
  acme = await setWorkloadStage(gatehouse, 'acme', ci);
  globex = await setWorkloadStage(gatehouse, 'globex', ci);
});
afterEach(() => {
  restoreClock();
  ci.state.isDown = false;
});
afterAll(() => Promise.all([gatehouse?.stop(), ci?.stop()]));

const seconds = () => Math.floor(Date.now() / 1000);
const show = (claims: object, header: object = {}, fields: Fields = {}) =>
  acme.show(acme.assert(claims, header), fields);

/** What is refused, how it is asked for, and the error with words of its description. */
const REFUSED: [string, () => Promise<Answer>, string][] = [
  ['no assertion', () => acme.show(''), 'invalid_request: missing'],
  ['what is no JWT', () => acme.show('x.y.z'), 'invalid_grant: not a JWT'],
  ['an issuer that nobody trusts', () => show({ iss: 'https://evil.example' }), 'invalid_grant: not trust'],
  ['an issuer that looks alike', () => show({ iss: `${ci.issuer}/` }), 'invalid_grant: not trust'],
  ['no issuer', () => show({ iss: undefined }), 'invalid_grant: not trust'],
  ["another tenant's audience", () => show({ aud: globex.tenant.issuer }), 'invalid_grant: "aud"'],
  ['an audience of nobody', () => show({ aud: 'https://other.example' }), 'invalid_grant: "aud"'],
  ['no audience', () => show({ aud: undefined }), 'invalid_grant: "aud"'],
  ['no subject', () => show({ sub: undefined }), 'invalid_grant: "sub"'],
  ['an empty subject', () => show({ sub: '' }), 'invalid_grant: no sub'],
  ['no end', () => show({ exp: undefined }), 'invalid_grant: "exp"'],
  ['an end that is no number', () => show({ exp: '9999999999' }), 'invalid_grant: "exp"'],
  ['expired', () => show({ iat: seconds() - 600, exp: seconds() - 60 }), 'invalid_grant: "exp"'],
  ['not good yet', () => show({ nbf: seconds() + 60 }), 'invalid_grant: "nbf"'],
  ['of the future', () => show({ iat: seconds() + 60 }), 'invalid_grant: future'],
  ['good for too long', () => show({ exp: seconds() + 3700 }), 'invalid_grant: more than 3600'],
  ['good for too long, without iat', () => show({ iat: undefined, exp: seconds() + 3700 }), 'invalid_grant: more than'],
  ['an access token of the issuer', () => show({}, { typ: 'at+jwt' }), 'invalid_grant: type "at+jwt"'],
  ['a logout token of it', () => show({}, { typ: 'logout+jwt' }), 'invalid_grant: type'],
  ['a critical header', () => show({}, { crit: ['x'], x: 1 }), 'invalid_grant: not recognized'],
  ['another workload', () => show({ sub: 'repo:acme/shop2' }), 'invalid_grant: no rule'],
  ['a subject that has it in it', () => show({ sub: 'repo:acme/shop:x' }), 'invalid_grant: no rule'],
  ['another branch', () => show({ ref: 'refs/heads/evil' }), 'invalid_grant: no rule'],
  ['a list where a text is wanted', () => show({ ref: ['refs/heads/main'] }), 'invalid_grant: no rule'],
  ['a claim that is missing', () => show({ runner_environment: undefined }), 'invalid_grant: no rule'],
  ["another client's rule", () => show({ sub: 'x' }, {}, { client_id: 'deployer' }), 'invalid_grant: no rule'],
  ['an API of nobody', () => show({}, {}, { resource: 'https://x.example' }), 'invalid_target: no rule'],
  ['no API where there are two', () => show({}, {}, { resource: '' }), 'invalid_target: which one'],
  [
    'an API of another rule',
    () => show({}, {}, { client_id: 'reporter', resource: DEPLOY_API }),
    'invalid_target: no rule',
  ],
  ['a scope outside the rule', () => show({}, {}, { scope: 'deploy delete' }), 'invalid_scope: more than'],
  ['offline access', () => show({}, {}, { scope: 'offline_access' }), 'invalid_scope: more than'],
];

describe('T026 an assertion is refused', () => {
  test.each(REFUSED)('%s', async (_name, attempt, error) => {
    const { status, body } = await attempt();
    expect(status).toBe(400);
    const [code, words] = error.split(': ');
    expect([body.error, body.error_description]).toEqual([code, expect.stringContaining(words!)]);
  });

  test('each time with one event that says why', async () => {
    const find = async () => (await gatehouse.services.audit.find('acme', { limit: 1000 })).items;
    const refused = async () => (await find()).filter(({ type }) => type === 'token.refused');
    const found = await eventually(async () => {
      const events = await refused();
      return events.length >= REFUSED.length ? events : undefined;
    });
    expect(found).toHaveLength(REFUSED.length);
    for (const { outcome, details } of found!)
      expect([outcome, details]).toEqual(['failure', { error: expect.any(String), reason: expect.any(String) }]);
  });

  test('T027 forged', async () => {
    const pem = ci.keys.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const trusted = { jwk: publicJwk(ci.keys.publicKey), pem, kid: ci.state.kid, alg: 'ES256' };
    const accepted: string[] = [];
    for (const [name, jwt] of Object.entries(forgeries(claimsOf(acme.assert()), trusted)))
      if ((await acme.show(jwt)).status !== 400) accepted.push(name);
    expect(accepted).toEqual([]);
  });

  test('by a key or an algorithm that the tenant does not take', async () => {
    const strict = await setWorkloadStage(gatehouse, 'strict', ci, { algorithms: ['RS256'] });
    expect((await strict.show(strict.assert())).body.error).toBe('invalid_grant');
  });
});

describe('T026 an assertion with a jti is good once', () => {
  test('of twenty at once one is answered', async () => {
    const assertion = acme.assert();
    const answers = await Promise.all(Array.from({ length: 20 }, () => acme.show(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
    const where = { field: 'type', equals: 'token.reuse_detected' };
    await eventually(async () => (await gatehouse.services.audit.find('acme', { where })).items.length === 19);
  });

  test('at another tenant it is another', async () => {
    const jti = 'the same';
    expect((await acme.show(acme.assert({ jti }))).status).toBe(200);
    expect((await globex.show(globex.assert({ jti }))).status).toBe(200);
    expect((await acme.show(acme.assert({ jti }))).status).toBe(400);
  });

  test('and is not used up by a request that is refused', async () => {
    const assertion = acme.assert();
    const prove = prover();
    expect((await acme.show(assertion, {}, { dpop: 'x' })).body.error).toBe('invalid_dpop_proof');
    expect((await acme.show(assertion, { scope: 'delete' })).body.error).toBe('invalid_scope');
    const { body } = await acme.show(assertion, {}, { dpop: prove(toToken(acme.tenant.issuer)) });
    expect([body.token_type, claimsOf(body.access_token).cnf]).toEqual(['DPoP', { jkt: expect.any(String) }]);
  });
});

describe('the keys of the issuer', () => {
  test('are not asked for more than once a minute, whatever key ids are made up', async () => {
    await show({});
    const before = ci.asked();
    const attempts = Array.from({ length: 10 }, (_, i) => show({}, { kid: `made-up-${i}` }));
    for (const { body } of await Promise.all(attempts)) expect(body.error).toBe('invalid_grant');
    expect(ci.asked() - before).toBeLessThanOrEqual(1);
  });

  test('cannot be read: try again later, and nobody is asked meanwhile', async () => {
    moveClock(3600);
    ci.state.isDown = true;
    const before = ci.asked();
    for (let i = 0; i < 5; i += 1) {
      const { status, body, headers } = await show({});
      expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(ci.asked() - before).toBe(1);
    ci.state.isDown = false;
    moveClock(11);
    expect((await show({})).status).toBe(200);
  });

  test('are not looked for where only this machine could answer', async () => {
    const guarded = await startGatehouse();
    try {
      const stage = await setWorkloadStage(guarded, 'acme', ci);
      const before = ci.asked();
      expect((await stage.show(stage.assert())).status).toBe(503);
      expect(ci.asked()).toBe(before);
    } finally {
      await guarded.stop();
    }
  });
});

test('what comes is an access token of the client alone', async () => {
  const { body } = await show({}, {}, { resource: REPORT_API });
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
});
