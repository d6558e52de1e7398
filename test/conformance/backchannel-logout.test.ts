import { afterAll, beforeAll } from '@jest/globals';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { OUTSIDE_ALLOWED } from '../support/outside.ts';
import { backchannelLogout } from './modules/backchannel-logout.ts';
import { type Op, startOp } from './suite/op.ts';
import { testModules } from './suite/run.ts';

/** The plan `oidcc-backchannel-rp-initiated-logout`. */

let op: Op;
let receiver: LogoutReceiver;
beforeAll(async () => {
  receiver = await startLogoutReceiver();
  op = await startOp('conformance', OUTSIDE_ALLOWED, ({ client_id }) =>
    client_id === 'suite-logout' ? receiver.metadata(client_id) : {},
  );
});
afterAll(async () => {
  await op.stop();
  await receiver.stop();
});

const variant = { response_type: 'code', client_id: 'suite-logout' };
testModules(variant, backchannelLogout, Object.keys(backchannelLogout), () => ({ op, receiver, variant }));
