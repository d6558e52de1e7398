import { expect, test } from '@jest/globals';
import { newClientId } from './client-id.ts';

test('a client_id is random, and no option of a command', () => {
  const ids = Array.from({ length: 2000 }, newClientId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^\w[\w-]{21}$/.test(id))).toEqual([]);
});
