import { expect, test } from '@jest/globals';
import { progress } from './progress.ts';

function written(total: number, isTTY: boolean): string {
  let text = '';
  const write = (part: string) => {
    text += part;
    return true;
  };
  const stream = { isTTY, write };
  const step = progress('work', total, stream as unknown as NodeJS.WriteStream);
  for (let i = 0; i < total; i += 1) step();
  return text;
}

test('a line for each tenth', () => {
  const lines = written(200, false).trimEnd().split('\n');
  expect(lines).toEqual(Array.from({ length: 10 }, (_, i) => `work ${(i + 1) * 20}/200`));
});

test('on a terminal a bar that ends with its line', () => {
  const bars = written(20, true).split('\r').slice(1);
  expect(bars).toHaveLength(20);
  expect(bars[9]).toBe(`work [${'#'.repeat(10)}${' '.repeat(10)}] 10/20`);
  expect(bars[19]).toBe(`work [${'#'.repeat(20)}] 20/20\n`);
});

test('short works say nothing', () => {
  expect(written(19, false) + written(0, true)).toBe('');
});
