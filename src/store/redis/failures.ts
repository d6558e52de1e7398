import { ReplyError } from 'ioredis';
import { unavailable } from '../../core/errors.ts';

/** What Redis answers to a command that is wrong in itself. */
const MISTAKES = /^(ERR|WRONGTYPE|NOPERM|CROSSSLOT)\b/;

/**
 * Runs a call; any failure but our own mistake (no connection, deadline passed, out of memory, loading, failing over)
 * becomes `unavailable`.
 */
export async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ReplyError && MISTAKES.test((error as Error).message)) throw error;
    throw unavailable('Redis', error);
  }
}
