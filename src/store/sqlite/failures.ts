import { isError, unavailable } from '../../core/errors.ts';

const BUSY = 5;
const CONSTRAINT = 19;
/** LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: the file cannot take it now. */
const OUTAGES = new Set([BUSY, 6, 7, 8, 10, 11, 13, 14, 15, 26]);

/** The primary result code (https://sqlite.org/rescode.html), 0 for an error that is not SQLite's. */
export function resultCode(error: unknown): number {
  const { code, errcode = 0 } = error as { code?: string; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' ? errcode & 0xff : 0;
}

export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY;
export const isConstraint = (error: unknown): boolean => resultCode(error) === CONSTRAINT;
/** Whether the database as a whole failed, and not this one statement. */
export const isOutage = (error: unknown): boolean => OUTAGES.has(resultCode(error));

/** What a caller may see: an outage, or a database closed meanwhile, is `unavailable`. */
export function publicError(error: unknown): unknown {
  if (isError(error)) return error;
  const closed = (error as { code?: string }).code === 'ERR_INVALID_STATE';
  return closed || isOutage(error) ? unavailable('the embedded store', error) : error;
}
