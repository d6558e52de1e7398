import { mongo } from 'mongoose';
import { isError, unavailable } from '../../core/errors.ts';

const DUPLICATE_KEY = 11_000;

export const isDuplicate = (error: unknown): error is mongo.MongoServerError =>
  error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

/** What the server answers to a command that is wrong in itself: BadValue, FailedToParse, Unauthorized, TypeMismatch, ... */
const MISTAKES = new Set<unknown>([2, 9, 13, 14, 26, 40, 52, 59]);

const underWay = new Set<Promise<unknown>>();

/** Runs a call; any failure but our own mistake (no primary, deadline passed, stepping down, disk full) is `unavailable`. */
export async function reach<T>(call: () => Promise<T>): Promise<T> {
  const running = call();
  underWay.add(running);
  try {
    return await running;
  } catch (error) {
    const ours = isError(error) || isDuplicate(error) || !(error instanceof mongo.MongoError);
    if (ours || MISTAKES.has(error.code)) throw error;
    throw unavailable('MongoDB', error);
  } finally {
    underWay.delete(running);
  }
}

/** Resolves when no call is under way: the driver breaks them off when it closes. */
export async function settled(): Promise<void> {
  while (underWay.size > 0) await Promise.allSettled(underWay);
}
