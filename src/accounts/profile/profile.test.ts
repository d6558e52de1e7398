import { expect, test } from '@jest/globals';
import { tenantSettings } from '../../tenants/settings.ts';
import { checkAttributes, mappedClaims, missingAttributes, type Profile } from './attributes.ts';
import { fieldsOf, readFields } from './fields.ts';

const text = { type: 'string', maxLength: 20 };
const attributes = {
  given_name: { schema: text, sensitivity: 'internal', required: 'at_sign_up' },
  birthdate: { schema: { type: 'string', format: 'date' }, sensitivity: 'confidential', required: 'later' },
  vat_id: {
    schema: { type: 'string', pattern: '^[A-Z]{2}[0-9]{9}$' },
    sensitivity: 'internal',
    title: { en: 'VAT number', de: 'USt-IdNr.' },
    required: 'at_sign_up',
    claim: 'https://acme.example/vat',
  },
  plan: { schema: { enum: ['free', 2] }, sensitivity: 'public', title: { de: 'Tarif' }, claim: 'plan' },
  newsletter: { schema: { type: 'boolean' }, sensitivity: 'internal', required: 'later' },
  seats: { schema: { type: 'integer' }, sensitivity: 'internal', editable: false },
  tags: { schema: { type: 'array', items: text }, sensitivity: 'internal' },
} as const;
const tenant = { settings: tenantSettings.parse({ profile: { attributes } }) };
const nobody: Profile = { claims: {}, attributes: {} };

test.each<[string, object, RegExp]>([
  ['no class of sensitivity', { x: { schema: text } }, /sensitivity/],
  ['one that there is not', { x: { schema: text, sensitivity: 'secret' } }, /special/],
  ['no schema', { x: { sensitivity: 'public' } }, /JSON Schema/],
  ['a reserved name', { email: { schema: text, sensitivity: 'public' } }, /reserved/],
  ['a name of no form', { 'X y': { schema: text, sensitivity: 'public' } }, /small letters/],
  ['a claim of the protocol', { x: { schema: text, sensitivity: 'public', claim: 'acr' } }, /a claim of the platform/],
  ['a standard claim', { x: { schema: text, sensitivity: 'public', claim: 'name' } }, /OpenID Connect/],
  [
    'two of one claim',
    { x: { schema: text, sensitivity: 'public', claim: 'c' }, y: { schema: text, sensitivity: 'public', claim: 'c' } },
    /two attributes/,
  ],
  ['a list that is required', { x: { schema: { type: 'array' }, sensitivity: 'public', required: 'later' } }, /form/],
  [
    'one to be given later by who may not',
    { x: { schema: text, sensitivity: 'public', required: 'later', editable: false } },
    /editable/,
  ],
])('refused as an attribute: %s', (_, all, message) => {
  const parsed = tenantSettings.safeParse({ profile: { attributes: all } });
  expect(JSON.stringify(parsed.error?.issues)).toMatch(message);
});

test('what is missing, at sign-up and later', () => {
  expect(missingAttributes(tenant, nobody, 'sign_up')).toEqual(['given_name', 'vat_id']);
  expect(missingAttributes(tenant, nobody, 'later')).toEqual(['given_name', 'birthdate', 'vat_id', 'newsletter']);
  const ada = { claims: { given_name: 'Ada' }, attributes: { vat_id: 'DE123456789', newsletter: false } };
  expect(missingAttributes(tenant, ada, 'later')).toEqual(['birthdate']);
});

test.each<[Partial<Profile>, string[]]>([
  [{ claims: { given_name: 'Ada', family_name: 'not declared, standard' } }, []],
  [{ attributes: { vat_id: 'DE123456789', plan: 2, tags: ['a'] } }, []],
  [{ claims: { given_name: 'x'.repeat(21) } }, ['/given_name']],
  [
    { attributes: { vat_id: 'DE1', plan: '2', seats: 1.5 } },
    ['/attributes/vat_id', '/attributes/plan', '/attributes/seats'],
  ],
  [{ attributes: { shoe_size: 43, constructor: 1 } }, ['/attributes/shoe_size', '/attributes/constructor']],
  [{ attributes: { tags: Array(1000).fill('abcdef') } }, ['/attributes/tags']],
])('%j is refused at %j', (profile, pointers) => {
  let problems: { pointer: string }[] = [];
  try {
    checkAttributes(tenant, { ...nobody, ...profile });
  } catch (error) {
    problems = (error as { problems: { pointer: string }[] }).problems;
  }
  expect(problems.map(({ pointer }) => pointer)).toEqual(pointers);
});

test('what was there before a change of the schema stays', () => {
  const old = { claims: {}, attributes: { vat_id: 'old', gone: 1 } };
  expect(() => checkAttributes(tenant, { ...old, claims: { given_name: 'Ada' } }, old)).not.toThrow();
  expect(() => checkAttributes(tenant, { ...old, attributes: { vat_id: 'older' } }, old)).toThrow(/vat_id/);
});

test('only mapped attributes become claims', () => {
  const user = { attributes: { vat_id: 'DE123456789', plan: 'free', seats: 3 } };
  expect(mappedClaims(tenant, user)).toEqual({ 'https://acme.example/vat': 'DE123456789', plan: 'free' });
});

test('fields of a form, and what they say', () => {
  const field = { label: undefined, required: false, autocomplete: undefined, options: [] };
  expect(fieldsOf(tenant, 'sign_up', 'de-AT')).toEqual([
    { ...field, name: 'given_name', type: 'text', required: true, autocomplete: 'given-name' },
    { ...field, name: 'vat_id', type: 'text', required: true, label: 'USt-IdNr.' },
  ]);
  const fields = fieldsOf(tenant, 'edit', 'fr');
  expect(fields.map(({ name, type, label }) => [name, type, label])).toEqual([
    ['given_name', 'text', undefined],
    ['birthdate', 'date', undefined],
    ['vat_id', 'text', 'VAT number'],
    ['plan', 'select', 'Tarif'],
    ['newsletter', 'checkbox', undefined],
  ]);
  expect(fields.find(({ name }) => name === 'plan')?.options).toEqual(['free', '2']);
  const form: Record<string, string> = { given_name: ' Ada ', birthdate: '', plan: '2', seats: '7' };
  expect(readFields(tenant, fields, (name) => form[name])).toEqual({
    claims: { given_name: 'Ada' },
    attributes: { plan: 2, newsletter: false },
  });
});
