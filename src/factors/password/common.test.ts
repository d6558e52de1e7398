import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { build, sourcePasswords } from '../../../config/passwords/build.ts';
import { folded } from '../../accounts/folded.ts';
import { codePoints } from './code-points.ts';
import { commonPasswords, isCommon, LIST_FILE, SHORTEST } from './common.ts';
import { readList, writeList } from './list-file.ts';

test('the shipped list is what its script makes of the million', () => {
  expect(build().equals(readFileSync(LIST_FILE))).toBe(true);
});

test('every one of the million that is long enough is in it, however it is written', async () => {
  const { has, size } = await commonPasswords();
  const all = sourcePasswords().filter((password) => codePoints(password).length >= SHORTEST);
  expect(all.filter((password) => !has(folded(password)))).toEqual([]);
  expect(size).toBeGreaterThan(470_000);
  for (const password of all.filter((_, i) => i % 5000 === 0)) {
    expect([password, await isCommon([...folded(`${password.toUpperCase()}!`)], [])]).toEqual([password, true]);
  }
});

test('fewer than one in 10,000 others is taken for one of it', async () => {
  const { has } = await commonPasswords();
  const others = Array.from({ length: 100_000 }, (_, i) => `no password of anybody ${i}`);
  expect(others.filter(has).length).toBeLessThan(10);
});

test('a list that was cut off is not read', () => {
  const file = writeList(['password', 'superman']);
  expect(readList(file)).toMatchObject({ size: 2 });
  for (const damaged of [file.subarray(0, -1), Buffer.concat([file, Buffer.of(0)]), Buffer.alloc(10)])
    expect(() => readList(damaged)).toThrow(TypeError);
});
