import type { FactorName, Proof } from '../../src/factors/proof.ts';
import type { AcrLevel } from '../../src/journey/assurance.ts';
import type { Facts, Passable } from '../../src/journey/facts.ts';
import type { Outcome } from '../../src/journey/plan.ts';
import { MFA } from '../../src/tenants/settings/authentication.ts';

/**
 * Facts of a sign-in in a few words, and what is planned in fewer, so that hundreds of cases can be read. Phrases are
 * separated by commas, a later one adds to or overrules an earlier one:
 *
 * - `has pwd totp`: the factors of the account; `inactive`, `reset`, `unverified`, `terms`, `profile`: its state; `offered`: a passkey, if it fits
 * - `did pwd totp`: proven in this journey; `passed enrol`: put off or seen in it; `maker`: the browser can make a passkey
 * - `session pwd@2h totp@5m seen@1m`: proven before and how long ago, and the last use; `pauses 2h 2h`: the longest since a proof, and since one of level 3,
 *   `lapsed 2` or `3`: for that level they were too long; `of eve`: another's
 * - `acr high top`, `max_age 60`, `again`, `create`: the request
 * - `mfa required`, `grace 7`, `demanded 8d`, `trust 0`, `first key`, `second totp sms`: the policy
 * - `idle 2 10m`, `absolute 1 8h`: for so long a level holds
 * - `trusted`: the device; `risk deny`
 */
export const NOW = 1_800_000_000;
export const LADDER: readonly AcrLevel[] = [
  { acr: 'low', aal: 1 },
  { acr: 'high', aal: 2 },
  { acr: 'top', aal: 3 },
];

/** `key`: a passkey that a device keeps, `synced`: one that is copied to others, `touch`: one that verified nobody. */
const PROOFS: Record<string, Omit<Proof, 'at'>> = {
  pwd: { factor: 'password' },
  key: { factor: 'passkey', userVerified: true, backupEligible: false },
  synced: { factor: 'passkey', userVerified: true, backupEligible: true },
  touch: { factor: 'passkey', userVerified: false, backupEligible: false },
  totp: { factor: 'totp' },
  sms: { factor: 'sms_code' },
  mail: { factor: 'email_code' },
  link: { factor: 'email_link' },
  codes: { factor: 'recovery_code' },
  idp: { factor: 'upstream', upstream: { id: 'idp' } },
  idp2: { factor: 'upstream', upstream: { id: 'idp', aal: 2, amr: ['hwk'] } },
};
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

const ago = (text: string) => Number.parseFloat(text) * SECONDS[text.at(-1) as keyof typeof SECONDS];

/** `totp@5m`: at is five minutes before now. */
function proofOf(word: string): Proof {
  const [name = '', age = '0s'] = word.split('@');
  const proof = PROOFS[name];
  if (!proof) throw new Error(`no factor "${name}"`);
  return { ...proof, at: NOW - ago(age) };
}
export const proofsOf = (words: string): Proof[] => words.split(' ').filter(Boolean).map(proofOf);

const factorsOf = (words: string[]): FactorName[] => words.map((word) => proofOf(word).factor);

/** The settings of a tenant that says nothing. */
const usual = (): Facts => ({
  now: NOW,
  request: { acrValues: [] },
  ladder: LADDER,
  lifetimes: {
    1: { idle: 14 * 86_400, absolute: 30 * 86_400 },
    2: { idle: 3600, absolute: 86_400 },
    3: { idle: 900, absolute: 43_200 },
  },
  policy: {
    firstFactors: ['password', 'passkey', 'upstream'],
    secondFactors: ['passkey', 'totp', 'recovery_code'],
    mfa: 'optional',
    enrolmentGraceDays: 0,
    trustedDeviceDays: 30,
  },
  journey: { proofs: [], passed: [] },
  trustedDevice: false,
  risk: 'allow',
});

const ada = (): NonNullable<Facts['account']> => ({
  id: 'ada',
  active: true,
  factors: [],
  resetRequired: false,
  termsDue: false,
  profileMissing: false,
});

type Account = NonNullable<Facts['account']>;
const state = (change: Partial<Account>) => (facts: Facts) => ({
  ...facts,
  account: { ...(facts.account ?? ada()), ...change },
});

const PHRASES: Record<string, (words: string[]) => (facts: Facts) => Facts> = {
  has: (words) => state({ factors: factorsOf(words) }),
  inactive: () => state({ active: false }),
  reset: () => state({ resetRequired: true }),
  unverified: () => state({ unverified: 'email' }),
  terms: () => state({ termsDue: true }),
  profile: () => state({ profileMissing: true }),
  offered: () => state({ passkeyOffered: true }),
  demanded: ([age = '']) => state({ demandedAt: NOW - ago(age) }),
  did: (words) => (facts) => ({ ...facts, journey: { ...facts.journey, proofs: words.map(proofOf) } }),
  passed: (words) => (facts) => ({ ...facts, journey: { ...facts.journey, passed: words as Passable[] } }),
  maker: () => (facts) => ({ ...facts, journey: { ...facts.journey, canMakePasskey: true } }),
  session(words) {
    const seen = words.find((word) => word.startsWith('seen@'))?.slice('seen@'.length) ?? '0s';
    const proofs = words.filter((word) => !word.startsWith('seen@')).map(proofOf);
    return (facts) => ({ ...facts, session: { accountId: 'ada', proofs, lastSeenAt: NOW - ago(seen) } });
  },
  lapsed: ([aal]) => inSession({ pauses: aal === '2' ? { proof: 7200, aal3: 7200 } : { proof: 300, aal3: 1200 } }),
  pauses: ([proof = '', aal3 = '']) => inSession({ pauses: { proof: ago(proof), aal3: ago(aal3) } }),
  idle: ([aal = '', time = '']) => inLifetimes(Number(aal) as 1 | 2 | 3, { idle: ago(time) }),
  absolute: ([aal = '', time = '']) => inLifetimes(Number(aal) as 1 | 2 | 3, { absolute: ago(time) }),
  of: ([accountId = '']) => inSession({ accountId }),
  acr: (acrValues) => inRequest({ acrValues }),
  max_age: ([seconds]) => inRequest({ maxAge: Number(seconds) }),
  again: () => inRequest({ again: true }),
  create: () => inRequest({ create: true }),
  mfa: ([name]) => inPolicy({ mfa: MFA.find((one) => one === name)! }),
  grace: ([days]) => inPolicy({ enrolmentGraceDays: Number(days) }),
  trust: ([days]) => inPolicy({ trustedDeviceDays: Number(days) }),
  first: (words) => inPolicy({ firstFactors: factorsOf(words) as Facts['policy']['firstFactors'] }),
  second: (words) => inPolicy({ secondFactors: factorsOf(words) as Facts['policy']['secondFactors'] }),
  trusted: () => (facts) => ({ ...facts, trustedDevice: true }),
  risk:
    ([risk]) =>
    (facts) => ({ ...facts, risk: risk as Facts['risk'] }),
};

const inSession = (change: Partial<NonNullable<Facts['session']>>) => (facts: Facts) => ({
  ...facts,
  session: { ...facts.session!, ...change },
});
const inLifetimes = (aal: 1 | 2 | 3, change: Partial<Facts['lifetimes'][1]>) => (facts: Facts) => ({
  ...facts,
  lifetimes: { ...facts.lifetimes, [aal]: { ...facts.lifetimes[aal], ...change } },
});
const inRequest = (change: Partial<Facts['request']>) => (facts: Facts) => ({
  ...facts,
  request: { ...facts.request, ...change },
});
const inPolicy = (change: Partial<Facts['policy']>) => (facts: Facts) => ({
  ...facts,
  policy: { ...facts.policy, ...change },
});

export function factsFrom(text: string): Facts {
  const phrases = text
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase && phrase !== '-');
  return phrases.reduce((facts, phrase) => {
    const [name = '', ...words] = phrase.split(/ +/);
    const change = PHRASES[name];
    if (!change) throw new Error(`no phrase "${phrase}"`);
    return change(words)(facts);
  }, usual());
}

const SHORT: Record<FactorName, string> = {
  password: 'pwd',
  passkey: 'key',
  totp: 'totp',
  sms_code: 'sms',
  email_code: 'mail',
  email_link: 'link',
  recovery_code: 'codes',
  upstream: 'idp',
};

/**
 * `identify`, `1st pwd,key`, `2nd totp`, `enrol key,totp` (`enrol?` may be put off), `terms`, `unmet`, `denied`; of who is
 * through, the acr and the amr: `high pwd+otp+mfa`.
 */
export function shown(outcome: Outcome): string {
  if ('refuse' in outcome) return outcome.refuse;
  if ('done' in outcome) return [outcome.done.acr, outcome.done.amr.join('+')].filter(Boolean).join(' ');
  const factors = 'factors' in outcome ? outcome.factors.map((factor) => SHORT[factor]).join(',') : '';
  if (outcome.ask === 'verify') return `${outcome.as === 'first' ? '1st' : '2nd'} ${factors}`;
  if (outcome.ask === 'enrol') return `enrol${outcome.mayPutOff ? '?' : ''} ${factors}`;
  return outcome.ask === 'identify' && factors !== 'pwd,key,idp' ? `identify ${factors}` : outcome.ask;
}

/** A table as text: the first line names the columns, each other a row; every cell is a case `[row, column, cell]`. */
export function casesOf(table: string): [string, string, string][] {
  const [head = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.flatMap(([row = '', ...cells]) => {
    if (cells.length !== head.length - 1) throw new Error(`${cells.length} cells in "${row}"`);
    return cells.map((cell, i): [string, string, string] => [row, head[i + 1]!, cell]);
  });
}
