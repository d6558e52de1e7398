import { expect } from '@jest/globals';
import { authorize, type Plan, requestOf } from '../suite/flow.ts';
import type { Modules } from '../suite/modules.ts';

/** A request object that nobody has signed. */
function unsigned({ op }: Plan, claims: Record<string, string>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ ...claims, aud: op.issuer, iss: claims.client_id })}.`;
}

/** The suite skips where discovery does not offer `none`; that it is refused, and nothing shown, is our own demand. */
async function refusesUnsigned(plan: Plan, outside: Record<string, string> = {}): Promise<void> {
  expect(plan.op.metadata.request_object_signing_alg_values_supported).not.toContain('none');
  const { by, answer, page } = await authorize(plan, { request: unsigned(plan, requestOf(plan)), ...outside });
  if (by === 'page') expect(page.status).toBe(400);
  else expect(['invalid_request_object', 'request_not_supported']).toContain(answer.error);
}

export const requestObjects: Modules = {
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': (plan) => refusesUnsigned(plan),
  'oidcc-ensure-request-object-with-redirect-uri': (plan) =>
    refusesUnsigned(plan, { redirect_uri: 'https://suite.example/elsewhere' }),
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': async (plan) => {
    expect(plan.op.metadata.request_uri_parameter_supported).toBe(false);
    const { client_id } = requestOf(plan);
    const { by, answer, page } = await authorize(plan, { client_id, request_uri: 'https://suite.example/request.jwt' });
    if (by === 'page') expect(page.status).toBe(400);
    else expect(['request_uri_not_supported', 'invalid_request_uri']).toContain(answer.error);
  },
};
