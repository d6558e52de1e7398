import { createHash, randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { moveClock } from '../../support/clock.ts';
import { rawClient } from '../../support/raw-client.ts';
import { createBrowser } from '../suite/browser.ts';
import {
  authorize,
  clientOf,
  expectTokenError,
  expectTokens,
  type Plan,
  redeem,
  type SignedIn,
  signIn,
  tokenRequest,
} from '../suite/flow.ts';
import { verified } from '../suite/id-token.ts';
import type { Modules } from '../suite/modules.ts';

/** What the code was given for is gone, too (RFC 6749 4.1.2). */
async function reused(plan: Plan, after: number) {
  const { code, access_token } = (await signIn(plan)) as SignedIn & { code: string; access_token: string };
  moveClock(after);
  expectTokenError(await redeem(plan, code), 'invalid_grant');
  expect((await rawClient(plan.op.issuer, 'suite').userinfo(access_token)).status).toBe(401);
}

const refresh = (plan: Plan, refresh_token: string, scope?: string) =>
  tokenRequest(plan, { grant_type: 'refresh_token', refresh_token, ...(scope && { scope }) });

export const codes: Modules = {
  'oidcc-codereuse': (plan) => reused(plan, 0),
  'oidcc-codereuse-30seconds': (plan) => reused(plan, 30),
  'oidcc-refresh-token': async (plan) => {
    const { op, variant } = plan;
    expect(op.metadata.grant_types_supported).toContain('refresh_token');
    const { tokens, claims } = await signIn(plan);
    moveClock(1);
    const fresh = await refresh(plan, tokens.refresh_token, 'openid');
    expectTokens(fresh);
    expect(fresh.body.access_token).not.toBe(tokens.access_token);
    // OpenID Connect Core 12.2.
    const { client_id } = clientOf(plan);
    const id_token = await verified(op, fresh.body.id_token, { client_id, nonce: claims?.nonce });
    expect([id_token.iss, id_token.sub, id_token.aud]).toEqual([claims?.iss, claims?.sub, claims?.aud]);
    expect(id_token.iat).toBeGreaterThan(claims!.iat!);
    expect(id_token.auth_time).toBe(claims?.auth_time);

    const second = { op, variant: { ...variant, client_id: 'suite-second' } };
    const others = await signIn(second);
    expectTokenError(await refresh(plan, others.tokens.refresh_token), 'invalid_grant');
  },
  'oidcc-ensure-request-with-valid-pkce-succeeds': async (plan) => {
    expect(plan.op.metadata.code_challenge_methods_supported).toEqual(['S256']);
    const verifier = randomBytes(32).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const params = { code_challenge, code_challenge_method: 'S256' };
    const { answer } = await authorize(plan, params, createBrowser(plan.op));
    const { redirect_uris } = clientOf(plan);
    const redemption = { grant_type: 'authorization_code', code: answer.code!, redirect_uri: redirect_uris[0]! };
    expectTokens(await tokenRequest(plan, { ...redemption, code_verifier: verifier }));
  },
};
