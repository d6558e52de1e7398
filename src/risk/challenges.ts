import type { Clock } from '../core/clock.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type CaptchaPage, captchaPage, captchaResponse, checkCaptcha } from './captcha.ts';
import { bitsFor, checkWork, makeWork, type Work, type WorkVerdict } from './proof-of-work.ts';

/** The hidden fields that bring `token` back, and the solution where there is one. */
export const CHALLENGE = 'challenge';
export const SOLUTION = 'solution';

/** What the page asks of a browser: its work or, where the tenant has a provider, the captcha; in any case `work.wait` without script. */
export type Challenge = { work: Work; captcha: CaptchaPage | undefined };

export type ChallengeVerdict = WorkVerdict | { passed: true; by: 'captcha' };

/** `fetch`: the guarded one. */
export function createChallenges({ fetch, clock }: { fetch: typeof globalThis.fetch; clock: Clock }) {
  return {
    /** The challenge for a score; `undefined`: none is needed. `purpose`: the form it stands in, of one person at best. */
    make(tenant: Tenant, { purpose, score }: { purpose: string; score: number }): Challenge | undefined {
      const bits = bitsFor(score, tenant.settings.risk);
      if (bits === 0) return undefined;
      return { work: makeWork(tenant, { purpose, bits }, clock()), captcha: captchaPage(tenant) };
    },

    /** Whether a form brings what was asked for. Error `unavailable`. */
    async check(
      tenant: Tenant,
      { purpose, form, ip }: { purpose: string; form: { get(name: string): string | undefined | null }; ip: string },
    ): Promise<ChallengeVerdict> {
      const response = captchaResponse(tenant, form);
      const verdict = response && (await checkCaptcha(fetch, tenant, { response, ip }));
      if (verdict === 'passed') return { passed: true, by: 'captcha' };
      if (verdict === 'failed') return { passed: false, reason: 'unsolved' };
      // Who wants a captcha does not take work for it; where its script did not run, or its provider is down, one waits.
      const solution = tenant.settings.risk.captcha ? '' : (form.get(SOLUTION) ?? '');
      const token = form.get(CHALLENGE) ?? '';
      return checkWork(tenant, { purpose, token, solution, ip }, clock());
    },
  };
}

export type Challenges = ReturnType<typeof createChallenges>;
