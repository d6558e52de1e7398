import { expect } from '@jest/globals';
import { createBrowser } from '../suite/browser.ts';
import { authorize, modeOf, requestOf, signIn } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';

/** Requests and their answers as such. */
export const responses: Modules = {
  'oidcc-server': async (plan) => {
    await signIn(plan);
  },
  // The suite's own client for it is in the variant.
  'oidcc-server-client-secret-post': async (plan) => {
    expect(plan.op.metadata.token_endpoint_auth_methods_supported).toContain('client_secret_post');
    await signIn(plan);
  },
  'oidcc-response-type-missing': async (plan) => {
    const { by, answer, page } = await authorize(plan, { response_type: undefined });
    if (by === 'page') expect([page.status, page.body]).toEqual([400, expect.stringContaining('response_type')]);
    else expect(['invalid_request', 'unsupported_response_type']).toContain(answer.error);
  },
  // Each sign-in checks signature and `kid` by the published keys.
  'oidcc-idtoken-signature': async (plan) => {
    const kids = plan.op.jwks.keys.map(({ kid }) => kid);
    expect(new Set(kids).size).toBe(kids.length);
    expect(kids).not.toContain(undefined);
    await signIn(plan);
  },
  // Skipped by the suite where `none` is not offered.
  'oidcc-idtoken-unsigned': async ({ op }) => {
    expect(op.metadata.id_token_signing_alg_values_supported).not.toContain('none');
  },
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': async (plan) => {
    await signIn(plan, { nonce: undefined });
  },
  'oidcc-ensure-request-without-nonce-fails': async (plan) => {
    const { by, answer } = await authorize(plan, { nonce: undefined });
    expect([by, answer.error]).toEqual([modeOf(plan), 'invalid_request']);
  },
  'oidcc-ensure-request-with-unknown-parameter-succeeds': async (plan) => {
    await signIn(plan, { extra: 'foobar' });
  },
  'oidcc-ensure-post-request-succeeds': async (plan) => {
    const browser = createBrowser(plan.op);
    await signIn(plan, {}, browser, (request) => browser.post(plan.op.metadata.authorization_endpoint, request));
  },
  'oidcc-ensure-registered-redirect-uri': async (plan) => {
    const { redirect_uri = '' } = requestOf(plan);
    const { page, by } = await authorize(plan, { redirect_uri: `${redirect_uri}/other` });
    expect([by, page.status]).toEqual(['page', 400]);
    expect(page.body).toContain('redirect_uri');
  },
  'oidcc-ensure-redirect-uri-in-authorization-request': async (plan) => {
    const { page, by } = await authorize(plan, { redirect_uri: undefined });
    expect([by, page.status]).toEqual(['page', 400]);
  },
  'oidcc-redirect-uri-query-OK': async ({ op, variant }) => {
    const { ended } = await signIn({ op, variant: { ...variant, client_id: 'suite-second' } });
    const { searchParams } = new URL(ended.by === 'form_post' ? actionOf(ended.page.body) : ended.page.url);
    expect([searchParams.get('dummy1'), searchParams.get('dummy2')]).toEqual(['lorem', 'ipsum']);
  },
  'oidcc-redirect-uri-query-mismatch': async ({ op, variant }) => {
    const plan = { op, variant: { ...variant, client_id: 'suite-second' } };
    const { redirect_uri = '' } = requestOf(plan);
    const { page, by } = await authorize(plan, { redirect_uri: redirect_uri.replace('ipsum', 'dolor') });
    expect([by, page.status]).toEqual(['page', 400]);
  },
  'oidcc-redirect-uri-query-added': async (plan) => {
    const { redirect_uri = '' } = requestOf(plan);
    const { page, by } = await authorize(plan, { redirect_uri: `${redirect_uri}?foo=bar` });
    expect([by, page.status]).toEqual(['page', 400]);
  },
};

/** Where a form that sends itself goes. */
const actionOf = (html: string) => /<form[^>]* action="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
