import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Letter } from '../../test/support/letters.ts';
import { blocked, deferred, type Outcome, refused, SENT } from './outcome.ts';
import { DELAYS } from './schedule.ts';
import { dropped, isDue, isTaken, isTooLate, postponed, settled, taken } from './transitions.ts';

const START: Letter = {
  to: 'ada@example.com',
  state: 'queued',
  attempts: 0,
  sealed: 'sealed',
  line: 'ada@example.com',
  createdAt: 0,
  nextAttemptAt: 0,
  validUntil: 400_000_000,
  expires: 1e12,
};
const LEASE = 60_000;

type Step = { wait: number; outcome: Outcome | 'crash' | 'blocked before' };
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.nat(10_000), fc.nat(100_000_000)),
  outcome: fc.constantFrom<Step['outcome']>(
    SENT,
    refused('550'),
    deferred('451'),
    blocked('down'),
    blocked('down'),
    'crash',
    'blocked before',
  ),
});

/** What a worker does with one message, by turns that are its own or for the sake of another. */
function play(steps: Step[]): Letter[] {
  let message = START;
  let now = 0;
  const seen = [message];
  const moment = () => ({ now, random: () => 0.5 });
  for (const { wait, outcome } of steps) {
    now += wait;
    if (message.line === undefined || isTaken(message, now)) continue;
    const wasDue = isDue(message, now);
    if (isTooLate(message, now)) message = dropped(message);
    else if (outcome === 'blocked before') message = wasDue ? postponed(message, 'down', moment()) : message;
    else {
      message = taken(message, now, LEASE);
      seen.push(message);
      if (outcome !== 'crash') message = settled(message, outcome, wasDue, moment());
    }
    seen.push(message);
  }
  return seen;
}

test('whatever happens, in any order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const seen = play(steps);
      for (const [i, message] of seen.entries()) {
        const isOver = ['sent', 'failed', 'dead'].includes(message.state);
        // In the line, and due some time, if and only if it is not over.
        expect([message.line, message.nextAttemptAt].map((field) => field !== undefined)).toEqual([!isOver, !isOver]);
        expect(message.leaseUntil !== undefined).toBe(message.state === 'sending');
        // Nobody can read what was sent, or is over; what may be sent again is there.
        if (message.state === 'sent') expect(message.sealed).toBeUndefined();
        if (message.state === 'dead' || !isOver) expect(message.sealed).toBe('sealed');
        if (isOver && message.state !== 'sent') expect(message.reason).toMatch(/\S/);
        expect(message.attempts).toBeGreaterThanOrEqual(seen[i - 1]?.attempts ?? 0);
        if (isOver) expect(seen.slice(i)).toEqual([message]);
      }
    }),
  );
});

test('it always ends: after as many attempts as the schedule has, if not before', () => {
  const failing = fc.constantFrom<Outcome>(deferred('451'), blocked('down'));
  fc.assert(
    fc.property(fc.array(failing, { minLength: DELAYS.length, maxLength: DELAYS.length }), (outcomes) => {
      const steps = outcomes.map((outcome, i) => ({ wait: Math.ceil(DELAYS[i]! * 1.2), outcome }));
      const { state, attempts } = play(steps).at(-1)!;
      expect([state, attempts]).toEqual(['dead', DELAYS.length]);
    }),
  );
});
