import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { claimsOf } from '../../support/forge.ts';
import type { LogoutReceiver } from '../../support/logout-receiver.ts';
import { createBrowser } from '../suite/browser.ts';
import { type Plan, signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';
import { isSignedOut, logout, POST_LOGOUT } from './rp-initiated-logout.ts';

/** With the suite's own server, which checks what it is sent. */
export type LogoutPlan = Plan & { receiver: LogoutReceiver };

export const backchannelLogout: Modules<LogoutPlan> = {
  'oidcc-backchannel-logout-discovery-endpoint-verification': async ({ op: { metadata, issuer } }) => {
    expect(metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: expect.stringContaining(`${issuer}/`),
    });
  },
  'oidcc-backchannel-rp-initiated-logout': async (plan) => {
    const { op, receiver, variant } = plan;
    const browser = createBrowser(op);
    const { id_token } = await signIn(plan, {}, browser);
    const { page, state } = await logout(plan, browser, id_token!, {});
    expect(page.url).toBe(`${POST_LOGOUT}?state=${state}`);

    await eventually(() => receiver.state.received.length > 0);
    const { sub, sid } = claimsOf(id_token!);
    expect(sid).toEqual(expect.any(String));
    expect(await receiver.tokens(op.issuer, variant.client_id!)).toEqual([expect.objectContaining({ sub, sid })]);
    expect(await isSignedOut(plan, browser)).toBe(true);
  },
};
