export type OutputOptions = { json?: boolean };

/** One value on stdout: as JSON, or as text for people. */
export function print(value: unknown, text: string, { json }: OutputOptions): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text && `${text}\n`);
}

/** Columns as wide as their widest cell. */
export function table(rows: (string | number | undefined)[][]): string {
  const texts = rows.map((row) => row.map((cell) => plain(String(cell ?? ''))));
  const widths = texts.reduce<number[]>((max, row) => row.map((cell, i) => Math.max(max[i] ?? 0, cell.length)), []);
  return texts
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Name and value, one a line. */
export const facts = (record: Record<string, unknown>): string =>
  table(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );

/** A terminal would obey what a stored name holds. */
const plain = (text: string) => text.replace(/[\p{Cc}\p{Cf}]/gu, (char) => JSON.stringify(char).slice(1, -1));

/** Milliseconds since the epoch as a date. */
export const date = (at: number): string => new Date(at).toISOString();
