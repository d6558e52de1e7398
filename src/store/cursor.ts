import { invalidInput } from '../core/errors.ts';
import { sha256 } from '../core/hashing.ts';

/**
 * Where a page ended: `<id>.<check>`. The check binds it to its query, so that a cursor cut short or used with another
 * query is an error and not a wrong page. It is no secret: a cursor opens nothing that the query would not.
 */
export const writeCursor = (query: unknown, id: string): string =>
  `${Buffer.from(id).toString('base64url')}.${check(query, id)}`;

/** The id after which to go on; error `invalid_input`. */
export function readCursor(query: unknown, cursor: unknown): string {
  const [encoded = '', given] = typeof cursor === 'string' ? cursor.split('.') : [];
  const id = Buffer.from(encoded, 'base64url').toString();
  if (writeCursor(query, id) === `${encoded}.${given}`) return id;
  throw invalidInput('bad cursor: use "next" of the page before, with the same query');
}

const check = (query: unknown, id: string) => sha256(JSON.stringify([query, id])).slice(0, 8);
