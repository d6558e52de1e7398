import { createBrowser } from './browser.ts';
import { basic } from './client.ts';
import { signIn, type Tokens } from './flow.ts';
import { PROTOCOL_WORKLOADS } from './protocol-workloads.ts';
import { ASKING, EXCHANGE, RESOURCE, SERVICE, USERS, WEB } from './scenario.ts';
import { fail, json, type Target } from './target.ts';
import { sessions, type Workload, workers } from './workload.ts';

export const WORKLOADS: Workload[] = [
  {
    name: 'discovery',
    ops: 5000,
    goal: { embedded: 0.4, distributed: 0.4 },
    prepare: (target) => async () => {
      const document = json<Target['endpoints']>(
        await target.request(`${target.issuer}/.well-known/openid-configuration`),
      );
      if (document.issuer !== target.issuer || !document.token_endpoint) fail('not the discovery document');
    },
  },
  {
    name: 'JWKS',
    ops: 5000,
    goal: { embedded: 0.5, distributed: 0.5 },
    prepare: (target) => async () => {
      const { keys } = json<{ keys: unknown[] }>(await target.request(target.endpoints.jwks_uri));
      if (keys.length !== 2) fail(`${keys.length} keys`);
    },
  },
  {
    name: 'client_credentials, JWT',
    ops: 2000,
    goal: { embedded: 1.1, distributed: 1.2 },
    prepare: (target) => () => clientCredentials(target),
  },
  {
    // The bare library has none. Beside it stands its way to a token for an API, which looks up no user and writes no event.
    name: 'token exchange',
    ops: 1500,
    goal: { embedded: 2.2, distributed: 2.8 },
    beside: 'client_credentials, JWT',
    async prepare(target) {
      if (!target.endpoints.grant_types_supported.includes(EXCHANGE)) return () => clientCredentials(target);
      const open = await sessions(target);
      return (worker) => exchange(target, open[worker]!.tokens.access_token);
    },
  },
  {
    name: 'introspection, opaque',
    ops: 3000,
    goal: { embedded: 1.1, distributed: 1.3 },
    async prepare(target) {
      const open = await sessions(target);
      return async (worker) => {
        const token = open[worker]!.tokens.access_token;
        const answer = await target.request(target.endpoints.introspection_endpoint, {
          form: { token },
          headers: basic(WEB),
        });
        const state = json<{ active: boolean; client_id: string }>(answer);
        if (!state.active || state.client_id !== WEB.client_id) fail('the token is not active');
      };
    },
  },
  {
    name: 'userinfo',
    ops: 3000,
    goal: { embedded: 1.1, distributed: 1.3 },
    async prepare(target) {
      const open = await sessions(target);
      return async (worker) => {
        const headers = { authorization: `Bearer ${open[worker]!.tokens.access_token}` };
        const claims = json<{ sub: string; email: string }>(
          await target.request(target.endpoints.userinfo_endpoint, { headers }),
        );
        if (!claims.sub || claims.email !== USERS[worker]!.email) fail('not the claims of this user');
      };
    },
  },
  {
    name: 'refresh, rotating',
    ops: 1500,
    goal: { embedded: 1.2, distributed: 1.6 },
    async prepare(target) {
      const open = await sessions(target);
      const chains = open.map(({ tokens }) => tokens.refresh_token);
      return async (worker) => {
        const form = { grant_type: 'refresh_token', refresh_token: chains[worker]! };
        const next = json<Tokens>(await target.request(target.endpoints.token_endpoint, { form, headers: basic(WEB) }));
        if (!next.access_token || next.refresh_token === chains[worker]) fail('the refresh token was not rotated');
        target.verify(next.id_token);
        chains[worker] = next.refresh_token;
      };
    },
  },
  {
    name: 'authorize + token',
    ops: 1000,
    goal: { embedded: 1.2, distributed: 1.6 },
    async prepare(target) {
      const open = await sessions(target);
      return (worker) => signIn(target, open[worker]!.browser, USERS[worker]!, false);
    },
  },
  {
    name: 'full sign-in',
    ops: 96,
    goal: { embedded: 1.1, distributed: 1.2 },
    prepare: (target) => (worker) => signIn(target, createBrowser(target.request), USERS[worker]!, true),
  },
  ...PROTOCOL_WORKLOADS,
];

/** What there was before any feature. */
export const PLAIN = WORKLOADS.filter(({ beside }) => beside === undefined);

/** Measured beside bare bcrypt: the password of who comes back to a browser that is known, and has consented before. */
export const PASSWORD_SIGN_IN: Workload = {
  name: 'sign-in, consent remembered',
  ops: 64,
  goal: { embedded: 0, distributed: 0 },
  async prepare(target) {
    const browsers = await workers(async () => createBrowser(target.request));
    const operation = (worker: number) => {
      browsers[worker]!.leave();
      return signIn(target, browsers[worker]!, USERS[worker]!, true, { client: ASKING });
    };
    await workers(operation);
    return operation;
  },
};

async function exchange(target: Target, token: string): Promise<void> {
  const subject = { subject_token: token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  const form = { grant_type: EXCHANGE, scope: 'read', resource: RESOURCE, ...subject };
  const answer = await target.request(target.endpoints.token_endpoint, { form, headers: basic(WEB) });
  const claims = target.verify(json<{ access_token: string }>(answer).access_token);
  const { sub } = (claims.act ?? {}) as { sub?: string };
  if (claims.aud !== RESOURCE || claims.scope !== 'read' || sub !== WEB.client_id) fail('not the token asked for');
}

export async function clientCredentials(target: Target): Promise<void> {
  const form = { grant_type: 'client_credentials', scope: 'read', resource: RESOURCE };
  const answer = await target.request(target.endpoints.token_endpoint, { form, headers: basic(SERVICE) });
  const { access_token } = json<{ access_token: string }>(answer);
  const claims = target.verify(access_token);
  if (claims.aud !== RESOURCE || claims.scope !== 'read') fail('not a token for the resource');
}
