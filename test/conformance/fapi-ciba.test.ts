import { afterAll, beforeAll } from '@jest/globals';
import { OUTSIDE_ALLOWED } from '../support/outside.ts';
import { startApprover } from './approver/server.ts';
import { byCertificate, byKey } from './ciba/clients.ts';
import { flows } from './ciba/flows.ts';
import { type PingReceiver, startPingReceiver } from './ciba/ping-receiver.ts';
import { pings } from './ciba/pings.ts';
import type { CibaPlan, CibaVariant } from './ciba/plan.ts';
import { requestObjects } from './ciba/request-objects.ts';
import { fapiSuite } from './fapi/suite.ts';
import type { Modules } from './suite/modules.ts';
import { testModules } from './suite/run.ts';

/** The plan `fapi-ciba-id1-test-plan`. */

const PREFIX = 'fapi-ciba-id1';
const SUITE = 'https://suite.example';

let receiver: PingReceiver;
let approver: Awaited<ReturnType<typeof startApprover>> | undefined;
beforeAll(async () => {
  receiver = await startPingReceiver();
});
afterAll(() => approver?.stop());

const planOf = fapiSuite('conformance-ciba', {
  env: OUTSIDE_ALLOWED,
  metadata({ backchannel_client_notification_endpoint: endpoint }) {
    if (typeof endpoint !== 'string') return {};
    return { backchannel_client_notification_endpoint: endpoint.replace(SUITE, receiver.base) };
  },
});
afterAll(() => receiver.stop());

const run = (client: string, variant: CibaVariant, ...some: Modules<CibaPlan>[]) => {
  const modules = some
    .flatMap((one) => Object.entries(one))
    .map(([name, module]) => [name === '' ? PREFIX : `${PREFIX}-${name}`, module] as const);
  testModules(
    variant,
    Object.fromEntries(modules),
    modules.map(([name]) => name),
    async () => {
      const plan = await planOf(client, variant)();
      approver ??= await startApprover(plan.op.issuer, plan.op.user);
      return { ...plan, pings: receiver, approver };
    },
  );
};

const byJwt = { client_auth_type: 'private_key_jwt', sender_constrain: 'mtls' } as const;
const byTls = { client_auth_type: 'mtls', sender_constrain: 'mtls' } as const;

run('suite', { ...byJwt, ciba_mode: 'poll' }, flows, requestObjects, byKey);
run('suite-mtls', { ...byTls, ciba_mode: 'poll' }, flows, requestObjects, byCertificate);
run('suite-ping', { ...byJwt, ciba_mode: 'ping' }, flows, requestObjects, byKey, pings);
run('suite-ping-mtls', { ...byTls, ciba_mode: 'ping' }, flows, requestObjects, byCertificate, pings);
