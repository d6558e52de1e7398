import { expect, test } from '@jest/globals';
import { tenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientForProtocol } from './for-protocol.ts';
import { strictness } from './strictness.ts';

const tenant = { settings: tenantSettings.parse({}) } as Tenant;
const forProtocol = (metadata: object) =>
  clientForProtocol(tenant, { id: 'x', metadata: { ...metadata }, createdAt: 0 });

test.each([
  ['client_credentials alone', { grant_types: ['client_credentials'] }, true],
  ['an unknown grant', { grant_types: ['urn:example:grant'] }, true],
  ['the default', {}, false],
  ['code', { grant_types: ['client_credentials', 'authorization_code'] }, false],
  ['implicit', { grant_types: ['implicit'] }, false],
  ['what is no list', { grant_types: 'client_credentials' }, false],
])('%s: without redirects %p', (_, metadata, without) => {
  expect(forProtocol(metadata)).toEqual({
    client_id: 'x',
    client_id_issued_at: 0,
    ...metadata,
    ...strictness(tenant, metadata),
    ...(without && { redirect_uris: [], response_types: [] }),
  });
});

test('what is given goes before', () => {
  const metadata = { grant_types: ['client_credentials'], redirect_uris: ['https://a.example/cb'] };
  expect(forProtocol(metadata)).toMatchObject({ ...metadata, response_types: [] });
});
