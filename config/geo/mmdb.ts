/** A block of addresses as numbers, both ends inclusive, and what the database has of it. */
export type Block = { from: bigint; to: bigint; value: unknown };

const METADATA = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const RECORD = 3;
/** Zeros between the tree and the data. */
const SEPARATOR = 16;

/**
 * All blocks of a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/, version 2.0) that it has something of, in order.
 * Reads what the files of our source have: records of 24 bits; short texts, whole numbers, maps and arrays as data.
 * Error: a TypeError that says what else the file has.
 */
export function readBlocks(file: Buffer): Block[] {
  const mark = file.lastIndexOf(METADATA);
  if (mark === -1) throw new TypeError('the file is no MaxMind DB');
  const [metadata] = fieldAt(file, mark + METADATA.length, mark + METADATA.length);
  const { node_count: nodes, record_size: size, ip_version: version } = metadata as Record<string, number>;
  if (nodes === undefined || size !== RECORD * 8)
    throw new TypeError(`records of ${size} bits are not read, only of 24`);
  const tree = nodes * 2 * RECORD;
  const values = new Map<number, unknown>();
  const blocks: Block[] = [];
  visit(0, 0n, version === 4 ? 32n : 128n);
  return blocks;

  /** What a record tells of the 2^bits addresses from `from`: a node of two halves, nothing, or where the data is. */
  function visit(record: number, from: bigint, bits: bigint): void {
    if (record < nodes!) {
      if (bits === 0n) throw new TypeError('the tree is deeper than an address is long');
      const at = record * 2 * RECORD;
      visit(file.readUIntBE(at, RECORD), from, bits - 1n);
      visit(file.readUIntBE(at + RECORD, RECORD), from + (1n << (bits - 1n)), bits - 1n);
    } else if (record > nodes!) {
      if (!values.has(record)) values.set(record, fieldAt(file, tree + record - nodes!, tree + SEPARATOR)[0]);
      blocks.push({ from, to: from + (1n << bits) - 1n, value: values.get(record) });
    }
  }
}

/** The field at an offset and where it ends; pointers count from `section`. */
function fieldAt(file: Buffer, at: number, section: number): [value: unknown, end: number] {
  const control = file.readUInt8(at);
  if (control >> 5 === 1) {
    const [offset, end] = pointerAt(file, at);
    return [fieldAt(file, section + offset, section)[0], end];
  }
  // Types beyond 7 are told by the next byte.
  const [type, start] = control >> 5 === 0 ? [7 + file.readUInt8(at + 1), at + 2] : [control >> 5, at + 1];
  const size = control & 31;
  if (size > 28) throw new TypeError(`a field of more than 28 bytes or elements, at ${at}, is not read`);
  switch (type) {
    case 2:
      return [file.toString('utf8', start, start + size), start + size];
    case 5:
    case 6:
    case 9:
      return [size === 0 ? 0 : Number(`0x${file.toString('hex', start, start + size)}`), start + size];
    case 7: {
      const [fields, end] = fieldsAt(file, start, size * 2, section);
      const pairs = Array.from({ length: size }, (_, i) => [fields[i * 2], fields[i * 2 + 1]]);
      return [Object.fromEntries(pairs), end];
    }
    case 11:
      return fieldsAt(file, start, size, section);
    default:
      throw new TypeError(`a field of type ${type}, at ${at}, is not read`);
  }
}

function fieldsAt(file: Buffer, at: number, count: number, section: number): [values: unknown[], end: number] {
  const values: unknown[] = [];
  let end = at;
  for (let i = 0; i < count; i += 1) {
    const [value, next] = fieldAt(file, end, section);
    values.push(value);
    end = next;
  }
  return [values, end];
}

/** A pointer's bits: 001, two for its length, the upper three of its value; each length begins where the shorter ends. */
function pointerAt(file: Buffer, at: number): [offset: number, end: number] {
  const control = file.readUInt8(at);
  const length = ((control >> 3) & 3) + 1;
  const low = file.readUIntBE(at + 1, length);
  const offset = length === 4 ? low : (control & 7) * 256 ** length + low + [0, 2048, 526_336][length - 1]!;
  return [offset, at + 1 + length];
}
