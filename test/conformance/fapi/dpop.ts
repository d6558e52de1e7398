import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { prover } from '../../support/dpop.ts';
import { ecKeys, forge, publicJwk, unsigned } from '../../support/forge.ts';
import type { Modules } from '../suite/modules.ts';
import { authorized } from './authorize.ts';
import { resource } from './call.ts';
import { seconds } from './client.ts';
import type { FapiPlan } from './plan.ts';
import { signIn, tokensFor } from './sign-in.ts';

/** Proofs with these claims at the endpoints that take them. */
const taken = (claims: () => object) => async (plan: FapiPlan) => {
  const dpop = { claims: claims() };
  const done = await authorized(plan, plan.first, {}, { sent: { dpop } });
  const { access_token } = await tokensFor(plan, done, { dpop });
  expect((await resource(plan, plan.first, access_token, dpop)).status).toBe(200);
};

/** DPoP proofs (RFC 9449 4.3). */
export const dpop: Modules<FapiPlan> = {
  'check-dpop-proof-nbf-exp': taken(() => ({ nbf: seconds(), exp: seconds() + 300 })),
  'ensure-dpopproof-with-iat-10seconds-before-succeeds': taken(() => ({ iat: seconds() - 10 })),
  'ensure-dpopproof-with-iat-10seconds-after-succeeds': taken(() => ({ iat: seconds() + 10 })),
  'dpop-negative-tests': async (plan) => {
    const { op, first } = plan;
    const { access_token } = await signIn(plan, first);
    const me = `${op.issuer}/me`;
    const ath = createHash('sha256').update(access_token).digest('base64url');
    const good = { htm: 'GET', htu: me, ath };
    const status = async (
      ...over: Parameters<typeof resource> extends [unknown, unknown, unknown, ...infer R] ? R : never
    ) => (await resource(plan, first, access_token, ...over)).status;

    const refused: Record<string, Parameters<typeof resource>[3]> = {
      'no proof': { proof: false },
      'two proofs': { proof: `${first.prove(good)}, ${first.prove(good)}` },
      'no JWT': { proof: first.prove(good).replaceAll('.', '') },
      'no typ': { header: { typ: undefined } },
      'another typ': { header: { typ: 'jwt' } },
      'no alg': { header: { alg: undefined } },
      'no jwk': { header: { jwk: undefined } },
      'no jti': { claims: { jti: undefined } },
      'no htm': { claims: { htm: undefined } },
      'no htu': { claims: { htu: undefined } },
      'no iat': { claims: { iat: undefined } },
      'no ath': { claims: { ath: undefined } },
      'alg none': {
        proof: forge({ alg: 'none', typ: 'dpop+jwt', jwk: publicJwk(ecKeys().publicKey) }, good, unsigned),
      },
      'a signature of another': { proof: `${first.prove(good).replace(/\.[^.]*$/, '')}.${'A'.repeat(86)}` },
      'a private key': { header: { jwk: publicJwk(ecKeys().privateKey) } },
      'another htm': { claims: { htm: 'PUT' } },
      'another htu': { claims: { htu: `${op.issuer}/other` } },
      'an hour ahead': { claims: { iat: seconds() + 3600 } },
      'an hour ago': { claims: { iat: seconds() - 3600 } },
      'another ath': { claims: { ath: createHash('sha256').update('another').digest('base64url') } },
      'another key': { proof: prover()({ ...good }) },
      'as a bearer token': { scheme: 'Bearer' },
    };
    for (const [what, over] of Object.entries(refused)) {
      const code = await status(over);
      expect([what, code === 400 || code === 401]).toEqual([what, true]);
    }

    const accepted: Record<string, Parameters<typeof resource>[3]> = {
      'htu with a query and a fragment': { claims: { htu: `${me}?a=b#c` } },
      'what nobody knows': { claims: { more: 1 }, header: { more: 1 } },
      'htu to be normalized': { claims: { htu: me.replace('http://localhost', 'HTTP://LOCALHOST') } },
    };
    for (const [what, over] of Object.entries(accepted)) expect([what, await status(over)]).toEqual([what, 200]);

    const proof = first.prove(good);
    expect([await status({ proof }), await status({ proof })]).toEqual([200, 401]);
  },
};
