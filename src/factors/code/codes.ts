import { seconds } from '../../core/clock.ts';
import { equal } from '../../core/hashing.ts';
import { restore } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { countsGuesses } from '../guesses.ts';
import { journal } from '../journal.ts';
import type { Origin } from '../origin.ts';
import { typedDigits } from '../typed-code.ts';
import type { Refused, Verified } from '../verification.ts';
import { challenges, factorOf, hashOf, MINUTES } from './challenge.ts';
import { guessBudgets, TRIES } from './limits.ts';
import { createLinks, type Owner } from './links.ts';
import type { Purpose } from './purposes.ts';
import { type CodeDeps, type CodeRequest, createSending, type Sent } from './send.ts';

export type CodeAnswer = { purpose: Purpose; binding: string; code: string; origin: Origin };

/** `used_up`: too many wrong codes, only a new one helps. `throttled`: too many for this account. */
export type CodeRefused = Refused<'wrong' | 'expired' | 'used_up' | 'throttled'>;

/**
 * One-time codes and links by mail and text message. What is asked for somebody unknown is answered alike: as many messages
 * are queued, as many tries counted, and no answer is right.
 */
export function createCodes(deps: CodeDeps) {
  const send = createSending(deps);

  return {
    ...createLinks(deps),

    send: (tenant: Tenant, request: CodeRequest): Promise<Sent> => send(tenant, request),

    /** A mail with a link and a code; `url` makes the URL for a token, a page that shows a button (POST). */
    sendLink: (
      tenant: Tenant,
      { url, ...request }: Omit<CodeRequest, 'channel'> & { url: (token: string) => string },
    ): Promise<Sent> => send(tenant, { ...request, channel: 'email' }, url),

    async verify(
      tenant: Tenant,
      { purpose, binding, code, origin }: CodeAnswer,
    ): Promise<Verified<Owner> | CodeRefused> {
      const waiting = challenges(tenant);
      const place = waiting.idOf(purpose, binding);
      const found = await waiting.find(place);
      const { refuse } = journal(deps.audit, factorOf(found?.content.channel ?? 'email'));
      if (!found) return refuse(tenant, undefined, origin, 'expired');
      const { accountId, subject, to, channel, ...sent } = found.content;

      // Counted before it is compared: of guesses made at once no more than these are looked at.
      const tries = await tenant.store.artifacts.increment(`code tries ${place} ${found.version}`, MINUTES * 60);
      if (tries.count > TRIES) return refuse(tenant, accountId, origin, 'used_up');
      const budgets = guessBudgets(tenant, found.content, origin);
      const throttled = await countsGuesses(deps, factorOf(channel))(tenant, accountId, origin, budgets);
      if (throttled) return throttled;

      const isRight = equal(hashOf(tenant, place, subject, typedDigits(code)), sent.code);
      if (!isRight || to === undefined) return refuse(tenant, accountId, origin, 'wrong');
      if (!(await waiting.end(place, found.version))) return refuse(tenant, accountId, origin, 'expired');
      await restore(tenant, budgets);
      // A code that came with a link is the link, taken to the browser that began by hand.
      const factor = sent.link === undefined ? factorOf(channel) : 'email_link';
      return { ok: true, proof: { factor, at: seconds(deps.clock) }, accountId, to };
    },
  };
}

export type Codes = ReturnType<typeof createCodes>;
