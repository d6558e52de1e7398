/** What came of handing a message over; reasons are for operators, and never hold what was in it. */
export type Outcome =
  | { state: 'sent' }
  /** For good: another attempt would end the same. */
  | { state: 'refused'; reason: string }
  /** This message alone, for now. */
  | { state: 'deferred'; reason: string }
  /** The way is closed for now: nothing else gets through by it either. */
  | { state: 'blocked'; reason: string };

export const SENT: Outcome = { state: 'sent' };
export const refused = (reason: string): Outcome => ({ state: 'refused', reason });
export const deferred = (reason: string): Outcome => ({ state: 'deferred', reason });
export const blocked = (reason: string): Outcome => ({ state: 'blocked', reason });

/** Of an answer by HTTP (RFC 9110 15): what the sender got wrong stays wrong, save for credentials and limits. */
export function outcomeOf(status: number, who: string): Outcome {
  if (status >= 200 && status < 300) return SENT;
  const reason = `${who} answered with status ${status}`;
  return [400, 404, 410, 413, 422].includes(status) ? refused(reason) : blocked(reason);
}
