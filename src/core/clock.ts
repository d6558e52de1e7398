/** Milliseconds since the epoch. */
export type Clock = () => number;

/** Reads `Date.now` at each call, so that a test that moves the date moves every part of the process. */
export const systemClock: Clock = () => Date.now();

/** Whole seconds since the epoch, as JWTs and artifacts have them. */
export const seconds = (clock: Clock): number => Math.floor(clock() / 1000);
