import { expect } from '@jest/globals';
import { claimsOf } from '../../support/forge.ts';
import { framesOf, goesOnTo } from '../../support/frames.ts';
import { createBrowser, SUITE } from '../suite/browser.ts';
import { signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';
import { isSignedOut, logout, POST_LOGOUT } from './rp-initiated-logout.ts';

const FRONTCHANNEL_LOGOUT = `${SUITE}test/a/gatehouse/frontchannel_logout`;

export const frontchannelLogout: Modules = {
  'oidcc-frontchannel-logout-discovery-endpoint-verification': async ({ op: { metadata, issuer } }) => {
    expect(metadata).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      end_session_endpoint: expect.stringContaining(`${issuer}/`),
    });
  },
  'oidcc-frontchannel-rp-initiated-logout': async (plan) => {
    const browser = createBrowser(plan.op);
    const { id_token } = await signIn(plan, {}, browser);
    const { page, state } = await logout(plan, browser, id_token!, {});

    const [frame, ...more] = framesOf(page).map((uri) => new URL(uri));
    expect(more).toEqual([]);
    expect(frame!.origin + frame!.pathname).toBe(FRONTCHANNEL_LOGOUT);
    const { sid } = claimsOf(id_token!);
    expect(sid).toEqual(expect.any(String));
    expect([...frame!.searchParams].sort()).toEqual([
      ['iss', plan.op.issuer],
      ['sid', sid],
    ]);

    expect(goesOnTo(page)).toBe(`${POST_LOGOUT}?state=${state}`);
    expect(await isSignedOut(plan, browser)).toBe(true);
  },
};
