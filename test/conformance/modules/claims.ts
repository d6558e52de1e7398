import { expect } from '@jest/globals';
import { bearer, rawClient } from '../../support/raw-client.ts';
import { claimsOf, has, type Plan, type SignedIn, signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';

/** OpenID Connect Core 5.4. */
const BY_SCOPE: Record<string, string[]> = {
  profile: (
    'name given_name family_name middle_name nickname preferred_username profile picture website gender birthdate ' +
    'zoneinfo locale updated_at'
  ).split(' '),
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** OpenID Connect Core 5.1: what is not a text. */
const OTHER_TYPES: Record<string, unknown> = {
  email_verified: expect.any(Boolean),
  phone_number_verified: expect.any(Boolean),
  updated_at: expect.any(Number),
  address: expect.any(Object),
};

/** All claims of these scopes come, of their types, and none of another. */
const withScopes = (scope: string) => async (plan: Plan) => {
  const scopes = scope.split(' ').filter((name) => name !== 'openid');
  expect(plan.op.metadata.scopes_supported).toEqual(expect.arrayContaining(scopes));
  const claims = await claimsOf(plan, await signIn(plan, { scope }));
  const wanted = scopes.flatMap((name) => BY_SCOPE[name]!);
  expect(claims).toMatchObject(
    Object.fromEntries(wanted.map((name) => [name, OTHER_TYPES[name] ?? expect.any(String)])),
  );
  const others = Object.values(BY_SCOPE)
    .flat()
    .filter((name) => !wanted.includes(name));
  expect(Object.keys(claims).filter((name) => others.includes(name))).toEqual([]);
};

/** The userinfo endpoint, asked in this way, says who has signed in. */
const askedBy = (init: (access_token: string) => RequestInit) => async (plan: Plan) => {
  const { access_token, claims } = (await signIn(plan)) as SignedIn & { access_token: string };
  const { status, body } = await rawClient(plan.op.issuer, 'suite').request('/me', init(access_token));
  expect([status, body.sub]).toEqual([200, claims?.sub]);
};

export const claims: Modules = {
  'oidcc-userinfo-get': askedBy((token) => ({ headers: bearer(token) })),
  'oidcc-userinfo-post-header': askedBy((token) => ({ method: 'POST', headers: bearer(token) })),
  'oidcc-userinfo-post-body': askedBy((access_token) => ({
    method: 'POST',
    body: new URLSearchParams({ access_token }),
  })),
  'oidcc-scope-profile': withScopes('openid profile'),
  'oidcc-scope-email': withScopes('openid email'),
  'oidcc-scope-address': withScopes('openid address'),
  'oidcc-scope-phone': withScopes('openid phone'),
  'oidcc-scope-all': withScopes('openid address email phone profile'),
  'oidcc-ensure-other-scope-order-succeeds': withScopes('email openid'),
  'oidcc-claims-essential': async (plan) => {
    expect(plan.op.metadata.claims_parameter_supported).toBe(true);
    const where = has(plan, 'code') || has(plan, 'token') ? 'userinfo' : 'id_token';
    const signedIn = await signIn(plan, { claims: JSON.stringify({ [where]: { name: { essential: true } } }) });
    expect(await claimsOf(plan, signedIn)).toMatchObject({ name: 'Ada Lovelace' });
    if (where === 'userinfo') expect(signedIn.claims).not.toHaveProperty('name');
  },
};
