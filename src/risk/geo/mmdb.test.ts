import { expect, test } from '@jest/globals';
import { readBlocks } from '../../../config/geo/mmdb.ts';

const text = (value: string) => String.fromCharCode(0x40 + value.length) + value;

const DE = `\xe1${text('country_code')}${text('DE')}`;
// Its key is a pointer of 11 bits to the one of DE.
const FR = `\xe1\x20\x01${text('FR')}`;

/** A file of the records (two to a node) and data. */
function database(records: number[], { data = DE + FR, recordSize = 24, version = 4 } = {}): Buffer {
  const tree = Buffer.alloc(records.length * 3);
  for (const [i, record] of records.entries()) tree.writeUIntBE(record, i * 3, 3);
  const metadata = [
    `\xe5${text('node_count')}\xc1${String.fromCharCode(records.length / 2)}`,
    `${text('record_size')}\xa1${String.fromCharCode(recordSize)}`,
    `${text('ip_version')}\xa1${String.fromCharCode(version)}`,
    `${text('languages')}\x01\x04${text('en')}`,
    `${text('build_epoch')}\x04\x02\x6a\x00\x00\x00`,
  ].join('');
  return Buffer.concat([tree, Buffer.alloc(16), Buffer.from(`${data}\xab\xcd\xefMaxMind.com${metadata}`, 'latin1')]);
}

/** The record of a tree of two nodes for the data at an offset. */
const at = (offset: number) => 2 + 16 + offset;

test.each([
  [4, 32n],
  [6, 128n],
])('the blocks of IPv%i in order, without those of which nothing is known', (version, length) => {
  const quarter = 1n << (length - 2n);
  expect(readBlocks(database([1, at(0), 2, at(DE.length)], { version }))).toEqual([
    { from: quarter, to: 2n * quarter - 1n, value: { country_code: 'FR' } },
    { from: 2n * quarter, to: 4n * quarter - 1n, value: { country_code: 'DE' } },
  ]);
});

// The tree leads to the pointer, which is the first of the data.
test.each([
  ['\x21\x04', 260],
  ['\x29\x00\x05', 2048 + 65_536 + 5],
  ['\x31\x00\x00\x00', 526_336 + 2 ** 24],
  ['\x3f\x00\x00\x00\x06', 6],
])('the pointer %j points to %i', (pointer, offset) => {
  const data = pointer.padEnd(offset, '\0') + text('DE');
  expect(readBlocks(database([at(0), 2, 2, 2], { data }))[0]?.value).toBe('DE');
});

test.each([
  ['no such file', Buffer.from('country,from,to'), 'no MaxMind DB'],
  ['records of 28 bits', database([1, 2, 2, 2], { recordSize: 28 }), '28 bits'],
  ['a tree that bites its tail', database([0, 0, 2, 2]), 'deeper'],
  ['data of another type', database([at(0), 2, 2, 2], { data: '\x68\0\0\0\0\0\0\0\0' }), 'type 3'],
  ['a long text', database([at(0), 2, 2, 2], { data: '\x5d\x00' }), 'more than 28'],
  ['data beyond the file', database([at(5000), 2, 2, 2]), 'out of range'],
])('refused: %s', (_, file, message) => {
  expect(() => readBlocks(file)).toThrow(message);
});
