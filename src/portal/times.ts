import type { Notice } from './notice.ts';

/** What pages tell of times, in milliseconds since the epoch. */
export const created = (at: number): Notice => ({ message: 'portal.created', values: { at } });

export const used = (at: number | undefined): Notice =>
  at === undefined ? { message: 'portal.never_used' } : { message: 'portal.used', values: { at } };
