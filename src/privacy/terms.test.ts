import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../test/support/accounts.ts';
import { tenantSettings } from '../tenants/settings.ts';
import { type TermRef, termsDue } from './terms.ts';

let at: TestAccounts;
beforeAll(async () => {
  at = await testAccounts();
});
afterAll(() => at.store.close());

const term = (id: string, version: string, more: object = {}) => ({
  id,
  version,
  title: { en: id },
  uri: 'https://a.example/',
  ...more,
});
const due = (terms: object[], accepted: TermRef[] = [], now = '2026-06-01T00:00:00Z') =>
  termsDue({ settings: tenantSettings.parse({ terms }) }, accepted, Date.parse(now)).map(
    ({ id, version }) => `${id} ${version}`,
  );

test.each<[string, object[], TermRef[], string[]]>([
  ['none', [], [], []],
  ['new ones', [term('tos', '1'), term('privacy', 'a')], [], ['tos 1', 'privacy a']],
  ['accepted ones', [term('tos', '1')], [{ id: 'tos', version: '1' }], []],
  ['a new version', [term('tos', '2')], [{ id: 'tos', version: '1' }], ['tos 2']],
  [
    'one again that was accepted before',
    [term('tos', '1')],
    [
      { id: 'tos', version: '1' },
      { id: 'tos', version: '2' },
    ],
    [],
  ],
  ['a version yet to come', [term('tos', '1'), term('tos', '2', { since: '2026-07-01T00:00:00Z' })], [], ['tos 1']],
  [
    'a version that has begun',
    [term('tos', '2', { since: '2026-05-01T00:00:00Z' }), term('tos', '1')],
    [{ id: 'tos', version: '1' }],
    ['tos 2'],
  ],
  ['those of another document', [term('tos', '1')], [{ id: 'privacy', version: '1' }], ['tos 1']],
])('due: %s', (_, terms, accepted, expected) => {
  expect(due(terms, accepted)).toEqual(expected);
});

test.each<[string, object[], RegExp]>([
  ['one twice', [term('tos', '1'), term('tos', '1')], /there already/],
  ['no address', [term('tos', '1', { uri: 'javascript:alert(1)' })], /http or https/],
  ['no time', [term('tos', '1', { since: 'soon' })], /since/],
])('refused: %s', (_, terms, message) => {
  expect(JSON.stringify(tenantSettings.safeParse({ terms }).error?.issues)).toMatch(message);
});

test('acceptances are kept, each once, whatever happens at the same time', async () => {
  const tenant = await at.with(at.a, { terms: [term('tos', '1'), term('news', '1', { required: false })] });
  expect(at.terms.required(tenant).map(({ id }) => id)).toEqual(['tos']);
  const tos = { id: 'tos', version: '1' };
  const news = { id: 'news', version: '1' };
  await Promise.all([[tos], [tos, news], [tos]].map((terms) => at.terms.accept(tenant, 'ada', terms, FROM)));
  const accepted = await at.terms.accepted(tenant, 'ada');
  expect(accepted.map(({ id }) => id).sort()).toEqual(['news', 'tos']);
  expect(termsDue(tenant, accepted, at.clock())).toEqual([]);

  const later = await at.with(at.a, { terms: [term('tos', '2')] });
  // Not what applies now: it is asked again.
  await at.terms.accept(later, 'ada', [news, tos], FROM);
  expect(termsDue(later, await at.terms.accepted(later, 'ada'), at.clock()).map(({ version }) => version)).toEqual([
    '2',
  ]);
  await at.terms.accept(later, 'ada', [{ id: 'tos', version: '2' }], FROM);
  expect((await at.terms.accepted(later, 'ada')).map(({ version }) => version)).toEqual(['1', '1', '2']);
  expect(await at.terms.accepted(at.b, 'ada')).toEqual([]);
});
