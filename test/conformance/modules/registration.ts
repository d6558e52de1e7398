import { expect } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { moveClock } from '../../support/clock.ts';
import type { Outside } from '../../support/outside.ts';
import { type Answer, rawClient } from '../../support/raw-client.ts';
import { managed, register } from '../../support/registration.ts';
import { createBrowser, SUITE } from '../suite/browser.ts';
import { authorizationUrl, expectTokens, requestOf, signIn, tokenRequest, type Variant } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';
import type { Op, SuiteClient } from '../suite/op.ts';

/** Against a provider that takes new clients; `outside` is the suite's own server. */
export type DynamicPlan = { op: Op; outside: Outside; variant: Variant };

const CALLBACK = `${SUITE}test/a/gatehouse/callback`;
const ALG = 'RS256';

type Key = { kid: string; privateKey: CryptoKey; jwk: object };

/** Of all clients but those whose key changes: RSA keys take their time. */
let common: Promise<Key> | undefined;
function commonKey(): Promise<Key> {
  common ??= newKey();
  return common;
}

let made = 0;
async function newKey(): Promise<Key> {
  made += 1;
  const kid = `suite-${made}`;
  const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: ALG, use: 'sig' } };
}

const assertionBy = (key: Key, client_id: string, aud: string) =>
  new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: ALG, kid: key.kid })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(aud)
    .setIssuedAt(Math.floor(Date.now() / 1000))
    .setExpirationTime(Math.floor(Date.now() / 1000) + 60)
    .sign(key.privateKey);

/** What the suite registers for each module, with what that module needs besides. */
async function asked({ variant }: DynamicPlan, key: Key, more: object): Promise<object> {
  return {
    client_name: `OIDC conformance suite test client ${key.kid}`,
    contacts: ['certification@oidf.org'],
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code'],
    response_types: [variant.response_type],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
    ...more,
  };
}

/** A new client of the plan, which authenticates by `use`'s key, whichever that is then. */
export async function newClient(plan: DynamicPlan, more: object = {}) {
  const { op } = plan;
  const use = { key: await commonKey() };
  const answer = await register(op, JSON.parse(JSON.stringify(await asked(plan, use.key, more))));
  expect({ status: answer.status, error: answer.body.error_description }).toEqual({ status: 201, error: undefined });
  const { client_id, registration_client_uri, registration_access_token } = answer.body;
  expect(registration_client_uri).toMatch(/^https?:/);
  expect(registration_access_token).toEqual(expect.any(String));
  const client: SuiteClient = {
    client_id,
    redirect_uris: answer.body.redirect_uris,
    assertion: () => assertionBy(use.key, client_id, op.metadata.token_endpoint),
  };
  op.clients.set(client_id, client);
  return { answer, use, client, plan: { op, variant: { ...plan.variant, client_id } } };
}

/** The suite unregisters its client when a module ends (RFC 7592 2.3). */
export const unregister = async (answer: Answer) => expect((await managed(answer).remove()).status).toBe(204);

/** Registers, signs in, unregisters. */
async function signsIn(plan: DynamicPlan, more: object = {}, params: Record<string, string> = {}) {
  const registered = await newClient(plan, more);
  const signedIn = await signIn(registered.plan, params);
  await unregister(registered.answer);
  return { ...registered, signedIn };
}

/** The page on which the user signs in, for who looks at it. */
async function signInPage(plan: DynamicPlan, more: object): Promise<string> {
  const { plan: own, answer } = await newClient(plan, more);
  const page = await createBrowser(plan.op).agent.get(authorizationUrl(own, requestOf(own)));
  expect(page.body).toContain('name="password"');
  await unregister(answer);
  return page.body;
}

export async function refused(plan: DynamicPlan, more: object, error: string): Promise<void> {
  const answer = await register(plan.op, await asked(plan, await commonKey(), more));
  expect([answer.status, answer.body.error]).toEqual([400, error]);
}

/** A document of the suite; gives its address. */
function published({ outside }: DynamicPlan, name: string, body: unknown): string {
  const path = `/test/a/gatehouse/${name}`;
  outside.replies.set(path, { body });
  return outside.base + path;
}

export const registration: Modules<DynamicPlan> = {
  'oidcc-server': async (plan) => {
    await signsIn(plan);
  },
  'oidcc-idtoken-rs256': async (plan) => {
    const { signedIn } = await signsIn(plan, { id_token_signed_response_alg: ALG });
    expect(JSON.parse(Buffer.from(signedIn.id_token!.split('.')[0]!, 'base64url').toString()).alg).toBe(ALG);
  },
  'oidcc-userinfo-rs256': async (plan) => {
    const { op } = plan;
    expect(op.metadata.userinfo_signing_alg_values_supported).toContain(ALG);
    const { plan: own, client } = await newClient(plan, { userinfo_signed_response_alg: ALG });
    const { access_token, claims } = await signIn(own);
    const { headers, body } = await rawClient(op.issuer, client.client_id).userinfo(access_token!);
    expect(headers.get('content-type')).toMatch(/^application\/jwt/);
    const { payload, protectedHeader } = await jwtVerify(body, op.keys, {
      issuer: op.issuer,
      audience: client.client_id,
    });
    expect([payload.sub, protectedHeader.alg]).toEqual([claims!.sub, ALG]);
  },
  'oidcc-redirect-uri-query-OK': async (plan) => {
    const { signedIn } = await signsIn(plan, { redirect_uris: [`${CALLBACK}?dummy1=lorem&dummy2=ipsum`] });
    const { searchParams } = new URL(signedIn.ended.page.url);
    expect([searchParams.get('dummy1'), searchParams.get('dummy2')]).toEqual(['lorem', 'ipsum']);
  },
  'oidcc-redirect-uri-regfrag': (plan) =>
    refused(plan, { redirect_uris: [`${CALLBACK}#foobar`] }, 'invalid_redirect_uri'),
  'oidcc-registration-logo-uri': async (plan) => {
    const logo_uri = `${SUITE}images/openid.png`;
    expect(await signInPage(plan, { logo_uri })).toContain(`src="${logo_uri}"`);
  },
  'oidcc-registration-policy-uri': async (plan) => {
    const policy_uri = `${SUITE}policy`;
    expect(await signInPage(plan, { policy_uri })).toContain(`href="${policy_uri}"`);
  },
  'oidcc-registration-tos-uri': async (plan) => {
    const tos_uri = `${SUITE}tos`;
    expect(await signInPage(plan, { tos_uri })).toContain(`href="${tos_uri}"`);
  },
  'oidcc-registration-jwks-uri': async (plan) => {
    const jwks_uri = published(plan, 'client1_jwks', { keys: [] });
    const { plan: own, use, answer } = await newClient(plan, { jwks: undefined, jwks_uri });
    published(plan, 'client1_jwks', { keys: [use.key.jwk] });
    await signIn(own);
    await unregister(answer);
  },
  'oidcc-registration-sector-uri': async (plan) => {
    const sector_identifier_uri = published(plan, 'redirect_uris.json', [CALLBACK]);
    await unregister((await newClient(plan, { subject_type: 'pairwise', sector_identifier_uri })).answer);
  },
  'oidcc-registration-sector-bad': async (plan) => {
    const sector_identifier_uri = published(plan, 'redirect_uris.json', [`${CALLBACK}/other`]);
    await refused(plan, { subject_type: 'pairwise', sector_identifier_uri }, 'invalid_client_metadata');
  },
  'oidcc-server-rotate-keys': async ({ op }) => {
    const kids = async (): Promise<string[]> => {
      const { keys } = (await (await fetch(`${op.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const before = await kids();
    const { tenants, resolver } = op.gatehouse.services;
    const id = new URL(op.issuer).pathname.split('/').at(-1)!;
    await tenants.rotateKeys(id);
    await resolver.byId(id);
    const after = await kids();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
  },
  'oidcc-refresh-token-rp-key-rotation': async (plan) => {
    const jwks_uri = published(plan, 'client1_jwks', { keys: [] });
    const more = { jwks: undefined, jwks_uri, grant_types: ['authorization_code', 'refresh_token'] };
    const { plan: own, use, answer } = await newClient(plan, more);
    published(plan, 'client1_jwks', { keys: [use.key.jwk] });
    const { tokens } = await signIn(own, { scope: 'openid offline_access', prompt: 'consent' });
    use.key = await newKey();
    published(plan, 'client1_jwks', { keys: [use.key.jwk] });
    // The suite waits as long.
    moveClock(61);
    expectTokens(await tokenRequest(own, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }));
    await unregister(answer);
  },
  'oidcc-refresh-token': async (plan) => {
    const { plan: own, answer } = await newClient(plan, { grant_types: ['authorization_code', 'refresh_token'] });
    const { tokens } = await signIn(own);
    expectTokens(await tokenRequest(own, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }));
    await unregister(answer);
  },
  'oidcc-ensure-client-assertion-with-iss-aud-succeeds': async (plan) => {
    const { plan: own, client, use, answer } = await newClient(plan);
    client.assertion = () => assertionBy(use.key, client.client_id, plan.op.issuer);
    await signIn(own);
    await unregister(answer);
  },
};
