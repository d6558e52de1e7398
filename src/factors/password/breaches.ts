import { hash } from 'node:crypto';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { unavailable } from '../../core/errors.ts';
import { createBreaker } from './breaker.ts';
import type { Owner } from './policy.ts';
import { refusal } from './refusal.ts';

/** Milliseconds that the `fetch` given to `createBreaches` may take. */
export const BREACH_TIMEOUT = 1500;

export type Breaches = {
  /** Of a password that is chosen. Errors: `invalid_input`; `unavailable` where the tenant refuses what cannot be checked. */
  check(owner: Owner, password: string): Promise<void>;
  /** Of a password that was right, for the decision by risk. What cannot be found out is not known. */
  knows(owner: Owner, password: string): Promise<boolean>;
};

/**
 * Asks the tenant's service, if any, whether a password is known from leaks. The service learns 20 bits of its SHA-1, that
 * hundreds of leaked passwords share, and by the padding not even how many.
 */
export function createBreaches(deps: { fetch: typeof fetch; audit: Audit; clock: Clock }): Breaches {
  const throughBreaker = createBreaker(deps.clock);
  const ask = (url: string, password: string) => throughBreaker(url, () => isLeaked(deps.fetch, url, password));

  return {
    async check({ id, settings }, password) {
      const service = settings.password.breaches;
      if (!service) return;
      const leaked = await ask(service.url, password).catch(async (error: Error) => {
        const details = { reason: error.message, accepted: service.when_down === 'accept' };
        await deps.audit.record(id, { type: 'password.unchecked', outcome: 'failure', details });
        if (service.when_down === 'refuse') throw unavailable('the check for leaked passwords', error, 5);
        return false;
      });
      if (leaked) throw refusal('breached', 'must not be one that is known from a leak');
    },

    async knows({ settings }, password) {
      const service = settings.password.breaches;
      return service?.at_sign_in ? ask(service.url, password).catch(() => false) : false;
    },
  };
}

async function isLeaked(ask: typeof fetch, url: string, password: string): Promise<boolean> {
  const digest = hash('sha1', password, 'hex').toUpperCase();
  const answer = await ask(`${url.replace(/\/$/, '')}/range/${digest.slice(0, 5)}`, {
    headers: { 'add-padding': 'true', 'user-agent': 'Gatehouse' },
  });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  const lines = (await answer.text()).split('\n').map((line) => /^([0-9A-F]{35}):(\d+)\s*$/i.exec(line));
  // A page of a proxy is no answer; there is no prefix without leaks.
  if (!lines.some(Boolean)) throw new Error('the service answered something else');
  // Padding has the count 0.
  return lines.some((line) => line?.[1]?.toUpperCase() === digest.slice(5) && Number(line[2]) > 0);
}
