import { afterAll, beforeAll } from '@jest/globals';
import { frontchannelLogout } from './modules/frontchannel-logout.ts';
import { type Op, startOp } from './suite/op.ts';
import { testModules } from './suite/run.ts';

/** The plan `oidcc-frontchannel-rp-initiated-logout`. Frames are loaded in `test/browser/frontchannel-logout.test.ts`. */

let op: Op;
beforeAll(async () => {
  op = await startOp('conformance');
});
afterAll(() => op.stop());

const variant = { response_type: 'code', client_id: 'suite-frontchannel' };
testModules(variant, frontchannelLogout, Object.keys(frontchannelLogout), () => ({ op, variant }));
