import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

/** What discovery says of a tenant is what its protocol settings allow, and nothing that cannot be had. */

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.stop());

async function discovery(id: string, protocol: object) {
  const { issuer } = await gatehouse.tenant({
    id,
    settings: { signing: { algorithms: ['ES256', 'RS256'] }, protocol },
  });
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  return (await answer.json()) as Record<string, string[]>;
}

describe.each(['secure', 'fapi2', 'fapi1', 'compat'])('%s', (profile) => {
  test('nothing is named that has no value (RFC 8414 3.2)', async () => {
    const said = await discovery(`empty-${profile}`, { profile });
    expect(Object.entries(said).filter(([, value]) => Array.isArray(value) && value.length === 0)).toEqual([]);
    expect('request_object_encryption_enc_values_supported' in said).toBe(
      'request_object_encryption_alg_values_supported' in said,
    );
  });

  test('clients authenticate for introspection and revocation as for tokens', async () => {
    const said = await discovery(`auth-${profile}`, { profile });
    for (const endpoint of ['revocation', 'introspection'])
      for (const name of ['auth_methods_supported', 'auth_signing_alg_values_supported'])
        expect(said[`${endpoint}_endpoint_${name}`]).toEqual(said[`token_endpoint_${name}`]);
  });
});

test('FAPI 1.0 knows code, and code with a signature', async () => {
  const { response_types_supported } = await discovery('types-fapi1', { profile: 'fapi1' });
  expect(response_types_supported).toEqual(['code', 'code id_token']);
});

test('where every token is bound to a key, none is named that comes through the browser', async () => {
  const { response_types_supported } = await discovery('types-bound', { profile: 'compat', sender_constrained: true });
  expect(response_types_supported).toEqual(['code', 'code id_token', 'id_token']);
});

test('but where clients may be released from that', async () => {
  const clients_may_loosen = ['sender_constrained'];
  const said = await discovery('types-loose', { profile: 'compat', sender_constrained: true, clients_may_loosen });
  expect(said.response_types_supported).toContain('code token');
});
