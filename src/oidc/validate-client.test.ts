import { expect, test } from '@jest/globals';
import { type TenantSettings, tenantSettings } from '../tenants/settings.ts';
import { createClientValidator } from './validate-client.ts';

const web = { client_id: 'web', client_secret: 's', redirect_uris: ['https://app.example.com/cb'] };

const offline = () => Promise.reject(new TypeError('no network'));
const validate = (settings: TenantSettings, metadata: object, fetch: typeof globalThis.fetch = offline) =>
  createClientValidator(fetch).validate(settings, { ...web, ...metadata });

test.each([
  [
    { id_token_signed_response_alg: 'PS256' },
    '/id_token_signed_response_alg',
    /'RS256' or 'ES256'.*signing\.algorithms/,
  ],
  [{ id_token_signed_response_alg: 'HS256' }, '/id_token_signed_response_alg', /signing\.algorithms/],
  [{ grant_types: ['password'] }, '/grant_types', /can only contain/],
  [{ response_types: ['id_token'] }, '/response_types', /'code'/],
  [{ redirect_uris: [] }, '/redirect_uris', /members/],
  [{ default_max_age: 'x' }, '/default_max_age', /integer/],
])('%j is refused, with what is allowed', async (metadata, pointer, message) => {
  await expect(validate(tenantSettings.parse({}), metadata)).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [{ pointer, message: expect.stringMatching(message) }],
  });
});

test('the algorithms are those of the tenant', async () => {
  const settings = tenantSettings.parse({ signing: { algorithms: ['ES256', 'PS256', 'EdDSA'] } });
  for (const alg of ['ES256', 'PS256', 'EdDSA']) await validate(settings, { id_token_signed_response_alg: alg });
});

test('metadata that the core does not know yet asks for nothing', async () => {
  const idle = { backchannel_logout_session_required: false, request_uris: [], client_secret_expires_at: 0 };
  await validate(tenantSettings.parse({}), { ...idle, 'client_name#de': 'Netz' });
});

test.each([
  ['lists the redirect URIs', async () => Response.json(web.redirect_uris), undefined],
  ['lists others', async () => Response.json(['https://other.example/cb']), /must be included/],
  ['is no JSON', async () => new Response('<html>'), /JSON/],
  ['is not there', async () => new Response('', { status: 404 }), /404/],
  ['cannot be reached', offline, /could not load/],
] as const)('a sector_identifier_uri that %s', async (_, fetch, message) => {
  const sector = { subject_type: 'pairwise', sector_identifier_uri: 'https://app.example.com/sector' };
  const outcome = validate(tenantSettings.parse({}), sector, fetch as typeof globalThis.fetch);
  if (message)
    await expect(outcome).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(message) });
  else await outcome;
});
