import { afterAll, beforeAll } from '@jest/globals';
import { OUTSIDE_ALLOWED, type Outside, startOutside } from '../support/outside.ts';
import { register } from '../support/registration.ts';
import { registration } from './modules/registration.ts';
import { thirdPartyLogin } from './modules/third-party-login.ts';
import { BASIC } from './plans.ts';
import { SUITE } from './suite/browser.ts';
import { type Op, type SuiteClient, startOp } from './suite/op.ts';
import { perResponseType, runPlan, testModules } from './suite/run.ts';

/** The plans `oidcc-dynamic` and `oidcc-3rdparty-init-login`, and `oidcc-basic` with `client_registration=dynamic_client`. */

const TENANT = 'conformance-dynamic';

/** What the suite registers in the place of the clients of its configuration. */
const CLIENTS: Record<string, object> = {
  suite: {},
  'suite-second': { query: '?dummy1=lorem&dummy2=ipsum' },
  'suite-post': { token_endpoint_auth_method: 'client_secret_post' },
};

async function registerClients(op: Op): Promise<void> {
  for (const [name, { query = '', ...more }] of Object.entries<{ query?: string }>(CLIENTS)) {
    const { body } = await register(op, {
      client_name: `OIDC conformance suite ${name}`,
      redirect_uris: [`${SUITE}test/a/gatehouse/callback${query}`],
      post_logout_redirect_uris: [`${SUITE}test/a/gatehouse/post_logout_redirect`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...more,
    });
    op.clients.set(name, body as SuiteClient);
  }
}

runPlan(
  TENANT,
  [
    ...perResponseType(BASIC),
    { variant: { response_type: 'code', client_id: 'suite-post' }, modules: ['oidcc-server-client-secret-post'] },
  ],
  registerClients,
);

let op: Op;
let outside: Outside;
beforeAll(async () => {
  outside = await startOutside();
  op = await startOp(TENANT, OUTSIDE_ALLOWED);
});
afterAll(async () => {
  await op?.stop();
  outside.stop();
});

const variant = { response_type: 'code' };
const plan = () => ({ op, outside, variant });
testModules({ plan: 'oidcc-dynamic' }, registration, Object.keys(registration), plan);
testModules({ plan: 'oidcc-3rdparty-init-login' }, thirdPartyLogin, Object.keys(thirdPartyLogin), plan);
