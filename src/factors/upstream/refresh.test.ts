import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refreshed, refreshedRoles } from './refresh.ts';

test.each<[string, object, object, object, object, object]>([
  ['new there', {}, {}, { name: 'Ada' }, { name: 'Ada' }, { name: 'Ada' }],
  ['the same', { name: 'Ada' }, { name: 'Ada' }, { name: 'Ada' }, {}, {}],
  ['changed there', { name: 'Ada' }, { name: 'Ada' }, { name: 'Ada B' }, { name: 'Ada B' }, { name: 'Ada B' }],
  ['changed here', { name: 'Countess' }, { name: 'Ada' }, { name: 'Ada' }, {}, { name: 'Ada' }],
  ['changed in both places', { name: 'Countess' }, { name: 'Ada' }, { name: 'Ada B' }, {}, { name: 'Ada B' }],
  ['taken out here', {}, { name: 'Ada' }, { name: 'Ada' }, {}, { name: 'Ada' }],
  ['here before the link', { name: 'Countess' }, {}, { name: 'Ada' }, {}, { name: 'Ada' }],
  ['taken out there', { name: 'Ada' }, { name: 'Ada' }, {}, {}, {}],
])('a claim that is %s', (_name, account, applied, told, changes, authoritative) => {
  expect(refreshed(account, applied, told, false)).toEqual(changes);
  expect(refreshed(account, applied, told, true)).toEqual(authoritative);
});

test('T110 roles that an upstream can give are its to take, and no others', () => {
  expect(refreshedRoles(['support', 'developer'], ['developer', 'admin'], ['admin'])).toEqual(['support', 'admin']);
  expect(refreshedRoles(['support', 'admin'], ['developer', 'admin'], [])).toEqual(['support']);
  const role = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(fc.uniqueArray(role), fc.uniqueArray(role), (current, given) => {
      const next = refreshedRoles(current, given, given);
      expect(new Set(next)).toEqual(new Set([...current, ...given]));
      expect(next).toHaveLength(new Set(next).size);
      expect(refreshedRoles(next, given, given)).toEqual(next);
    }),
  );
});
