import { randomUUID } from 'node:crypto';
import { prover, toToken } from '../test/support/dpop.ts';
import { ecKeys, es256, forge } from '../test/support/forge.ts';
import { signIn, type Tokens } from './flow.ts';
import { APP, DEVICE, KEYED, keyed, RESOURCE, TV, USERS } from './scenario.ts';
import { fail, json, type Target } from './target.ts';
import { sessions, type Workload, workers } from './workload.ts';

/** What the protocol has besides: each beside the bare library, and beside the plain workload that is nearest. */
export const PROTOCOL_WORKLOADS: Workload[] = [
  {
    name: 'private_key_jwt',
    ops: 1500,
    goal: { embedded: 1.2, distributed: 1.4 },
    beside: 'client_credentials, JWT',
    prepare: (target) => async () => {
      const form = { grant_type: 'client_credentials', scope: 'read', resource: RESOURCE, ...assertion(target) };
      const answer = await target.request(target.endpoints.token_endpoint, { form });
      const claims = target.verify(json<{ access_token: string }>(answer).access_token);
      if (claims.aud !== RESOURCE || claims.client_id !== KEYED.client_id) fail('not a token for the resource');
    },
  },
  {
    name: 'PAR + code',
    ops: 800,
    goal: { embedded: 1.2, distributed: 1.6 },
    beside: 'authorize + token',
    async prepare(target) {
      const open = await sessions(target);
      return (worker) => signIn(target, open[worker]!.browser, USERS[worker]!, false, { isPushed: true });
    },
  },
  {
    name: 'refresh, bound by DPoP',
    ops: 1200,
    goal: { embedded: 1.2, distributed: 1.6 },
    beside: 'refresh, rotating',
    async prepare(target) {
      const keys = await workers(async () => prover(ecKeys()));
      const proof = (worker: number) => ({ dpop: keys[worker]!({ ...toToken(target.issuer), jti: randomUUID() }) });
      const open = await sessions(target, (worker) => ({ client: APP, proof: () => proof(worker) }));
      const chains = open.map(({ tokens }) => tokens.refresh_token);
      return async (worker) => {
        const form = { grant_type: 'refresh_token', refresh_token: chains[worker]!, client_id: APP.client_id };
        const headers = proof(worker);
        const next = json<Tokens & { token_type: string }>(
          await target.request(target.endpoints.token_endpoint, { form, headers }),
        );
        if (next.token_type !== 'DPoP' || next.refresh_token === chains[worker]) fail('not bound, or not rotated');
        target.verify(next.id_token);
        chains[worker] = next.refresh_token;
      };
    },
  },
  {
    // One code could be polled again after five seconds only, so each poll has one of its own.
    name: 'device code + poll',
    ops: 1200,
    goal: { embedded: 1.4, distributed: 1.8 },
    beside: 'client_credentials, JWT',
    prepare: (target) => async () => {
      const form = { client_id: TV.client_id, scope: 'openid email' };
      const codes = json<{ device_code: string; user_code: string }>(
        await target.request(target.endpoints.device_authorization_endpoint, { form }),
      );
      if (!codes.user_code) fail('no code to type');
      const { status, body } = await target.request(target.endpoints.token_endpoint, {
        form: { grant_type: DEVICE, client_id: TV.client_id, device_code: codes.device_code },
      });
      if (status !== 400 || JSON.parse(body).error !== 'authorization_pending') fail(`a poll is answered ${body}`);
    },
  },
];

/** RFC 7523 2.2. */
function assertion({ issuer }: Target): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const { client_id } = KEYED;
  const claims = { iss: client_id, sub: client_id, aud: issuer, jti: randomUUID(), iat: now, exp: now + 60 };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: forge({ alg: 'ES256', typ: 'JWT' }, claims, es256(keyed)),
  };
}
