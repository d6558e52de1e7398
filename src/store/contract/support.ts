import { setTimeout as wait } from 'node:timers/promises';
import { newId } from '../../core/ids.ts';

/** How many race in a race. */
export const RACERS = 50;

export const many = <T>(run: (i: number) => T): T[] => Array.from({ length: RACERS }, (_, i) => run(i));

/** A tenant that no other test knows: the tests of a file share one store. */
export const freshTenant = (): string => `t-${newId().toLowerCase()}`;

/** A time to live (seconds) short enough to wait for, and the wait. */
export const SHORT = 0.25;
export const outlive = (): Promise<void> => wait(SHORT * 1000 + 60);

/** What a test may not see as another type than the product would get from outside. */
export const untyped = <T>(value: unknown): T => value as T;
