import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type TestAccounts, testAccounts } from '../../../test/support/accounts.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { OrganizationInput } from './record.ts';

let at: TestAccounts;
let tenant: Tenant;
let count = 0;
/** Of each test's own. */
let id: string;
let domain: string;

beforeAll(async () => {
  at = await testAccounts();
  tenant = at.a;
});
afterAll(() => at.store.close());
beforeEach(() => {
  count += 1;
  id = `org-${count}`;
  domain = `org${count}.example`;
});

const verified = () => ({ name: 'Acme', domains: [{ name: domain, verified: true }] });

test('the life of an organization', async () => {
  const made = await at.organizations.create(tenant, id, { name: 'Acme', policy: { mfa: 'required' } });
  expect(made).toMatchObject({ id, name: 'Acme', domains: [], upstreams: [], policy: { mfa: 'required' } });
  await expect(at.organizations.create(tenant, id, { name: 'x' })).rejects.toMatchObject({ code: 'already_exists' });
  const same = await at.organizations.change(tenant, id, { name: 'Acme', policy: { mfa: 'required' } });
  expect(same.version).toBe(made.version);
  expect((await at.organizations.change(tenant, id, { name: 'Acme 2' })).policy).toEqual({});

  const ada = await at.accounts.create(tenant, { email: `ada@${domain}` });
  const member = await at.organizations.addMember(tenant, id, ada.id, ['buyer']);
  expect(await at.organizations.of(tenant, member)).toMatchObject([{ id, name: 'Acme 2', roles: ['buyer'] }]);
  await at.organizations.remove(tenant, id);
  expect((await at.accounts.get(tenant, ada.id))!.organizations).toEqual([]);
  expect(await at.organizations.of(tenant, member)).toEqual([]);
  await expect(at.organizations.addMember(tenant, id, ada.id, [])).rejects.toMatchObject({ code: 'not_found' });
  await expect(at.organizations.remove(tenant, id)).rejects.toMatchObject({ code: 'not_found' });
});

test('a verified domain finds its organization, and is held by one', async () => {
  await at.organizations.create(tenant, id, verified());
  expect((await at.organizations.ofDomain(tenant, domain))!.id).toBe(id);
  expect(await at.organizations.ofDomain(at.b, domain)).toBeUndefined();
  await expect(at.organizations.create(tenant, `${id}-2`, verified())).rejects.toMatchObject({
    code: 'already_exists',
  });
  expect(await at.organizations.get(tenant, `${id}-2`)).toBeUndefined();
  // One that is not verified says nothing, and takes nothing from others.
  await at.organizations.create(tenant, `${id}-3`, { name: 'x', domains: [{ name: domain.toUpperCase() }] });
  expect((await at.organizations.ofDomain(tenant, domain))!.id).toBe(id);
  await at.organizations.change(tenant, id, { name: 'Acme' });
  expect(await at.organizations.ofDomain(tenant, domain)).toBeUndefined();
  await at.organizations.create(tenant, `${id}-2`, verified());
  await at.organizations.remove(tenant, `${id}-2`);
  expect(await at.organizations.ofDomain(tenant, domain)).toBeUndefined();
});

test('a claim that a crash left is free after a while', async () => {
  const left = { organization: 'crashed', claimedAt: at.clock() };
  await tenant.store.records({ name: 'organization_domains', scope: 'tenant', schema: z.any() }).insert(domain, left);
  await expect(at.organizations.create(tenant, id, verified())).rejects.toMatchObject({ code: 'already_exists' });
  at.advance(120_000);
  expect(await at.organizations.create(tenant, id, verified())).toMatchObject({ id });
});

test('of many who claim a domain at once, one has it', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => at.organizations.create(tenant, `${id}-${i}`, verified())),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test.each<[string, OrganizationInput | object, string]>([
  ['no name', {}, '/name'],
  ['a policy that there is not', { name: 'x', policy: { mfa: 'sometimes' } }, '/policy/mfa'],
  ['no domain', { name: 'x', domains: [{ name: 'nowhere' }] }, '/domains/0/name'],
  ['one domain twice', { name: 'x', domains: [{ name: 'a.example' }, { name: 'A.example' }] }, '/domains'],
  ['an upstream of nobody', { name: 'x', upstreams: ['nobody'] }, '/upstreams'],
  ['an unknown field', { name: 'x', owner: 'me' }, '/owner'],
])('%s is refused', async (_, input, pointer) => {
  const refusal = { code: 'invalid_input', problems: [{ pointer }] };
  await expect(at.organizations.create(tenant, id, input as OrganizationInput)).rejects.toMatchObject(refusal);
});
