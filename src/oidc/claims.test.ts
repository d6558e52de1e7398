import { expect, test } from '@jest/globals';
import { tenantSettings } from '../tenants/settings.ts';
import { claimsByScope } from './claims.ts';

test('mapped attributes come with the scope profile, confidential ones with none', () => {
  const schema = { type: 'string' };
  const attributes = {
    plan: { schema, sensitivity: 'public', claim: 'plan' },
    team: { schema, sensitivity: 'internal', claim: 'https://acme.example/team' },
    salary: { schema, sensitivity: 'confidential', claim: 'salary' },
    diet: { schema, sensitivity: 'special', claim: 'diet' },
    note: { schema, sensitivity: 'public' },
  };
  const { profile, salary, diet, ...others } = claimsByScope(tenantSettings.parse({ profile: { attributes } }));
  expect(profile).toEqual(expect.arrayContaining(['name', 'plan', 'https://acme.example/team']));
  expect([salary, diet]).toEqual([null, null]);
  expect(JSON.stringify([profile, others])).not.toMatch(/salary|diet|note/);
});
