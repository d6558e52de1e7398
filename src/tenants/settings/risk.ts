import { z } from 'zod';
import { WEBHOOK_SECRET } from '../../core/standard-webhooks.ts';
import { isWebUri } from '../../core/web-uri.ts';
import { secret } from '../sealed-settings.ts';

const weight = (points: number, what: string) => z.number().int().min(0).max(100).default(points).describe(what);
const score = (points: number) => z.number().int().min(1).max(101).default(points);
const count = (fallback: number) => z.number().int().min(1).max(1_000_000).default(fallback);

/** Points of each signal; the order is that of the reasons. A signal of 0 points is off. */
const weights = z
  .strictObject({
    new_device: weight(15, 'the account has not signed in on this device'),
    new_address: weight(3, 'nor from this address'),
    new_network: weight(7, 'nor from its network (/24, of IPv6 /48)'),
    new_country: weight(20, 'nor from its country'),
    impossible_travel: weight(30, 'too far from the last sign-in for the time between'),
    unusual_hour: weight(5, 'not an hour of the day at which the account signs in'),
    failures_pair: weight(10, 'failed guesses of this address at this account: from 2, all of it at 8'),
    failures_account: weight(35, 'failed guesses at this account: from 10, all of it at 30'),
    failures_address: weight(35, 'failed guesses of this address: from 10, all of it at 40'),
    failures_network: weight(20, 'failed guesses of its network: from 30, all of it at 200'),
    failures_tenant: weight(35, 'failed guesses at the tenant: from half of guesses.tenant_alarm, all of it there'),
    common_password: weight(10, 'a password that many people have'),
    leaked_password: weight(25, 'a password that is known from a leak'),
    no_accept_language: weight(5, 'a browser would say its languages'),
    headless: weight(5, 'a browser or program without a person, by its own name'),
    too_fast: weight(5, 'the form came back sooner than a person could fill it in'),
    honeypot: weight(50, 'a field was filled in that people do not see'),
    disposable_mail: weight(10, 'an address of a throw-away mail service'),
    upstream_risk: weight(40, 'the upstream identity provider says so: low a quarter, medium half, high all of it'),
  })
  .prefault({});

export const risk = z
  .strictObject({
    weights,
    step_up_score: score(45).describe('from here on a second factor is asked for; 101: never'),
    deny_score: score(100).describe('from here on the sign-in is refused; 101: never'),
    travel_kmh: z.number().int().min(100).max(20_000).default(1000).describe('nobody travels faster'),
    guesses: z
      .strictObject({
        same_password: count(50).describe('one password at any accounts, failures in an hour: more is a spray'),
        tenant_alarm: count(1000).describe('failures of a whole tenant in 15 minutes: more is an attack'),
      })
      .prefault({}),
    forms: z
      .strictObject({ min_seconds: z.number().int().min(0).max(60).default(2).describe('no person is faster') })
      .prefault({}),
    sign_ups: z
      .strictObject({ per_address: count(10), per_network: count(50), per_tenant: count(1000) })
      .prefault({})
      .describe('in an hour'),
    challenge: z
      .strictObject({
        from_score: score(35).describe('from here on the browser has to work before a guess is taken; 101: never'),
        min_bits: z.number().int().min(1).max(24).default(14).describe('doubles the work with each bit'),
        max_bits: z.number().int().min(1).max(24).default(19).describe('at a score of 100; 19: seconds on a phone'),
        wait: z.number().int().min(1).max(300).default(15).describe('seconds that a browser without script waits'),
      })
      .refine(({ min_bits, max_bits }) => min_bits <= max_bits, 'min_bits must not be above max_bits')
      .prefault({}),
    captcha: z
      .strictObject({
        provider: z.enum(['turnstile', 'hcaptcha']),
        site_key: z.string().regex(/^[\w-]{1,100}$/, 'must be letters, digits, - and _'),
        secret: secret().describe('sealed when it is stored'),
      })
      .optional()
      .describe('asked for instead of work; by default no third party is'),
    notify_new_sign_in: z
      .boolean()
      .default(true)
      .describe('users are told by mail of a sign-in on a device new to their account'),
    alerts: z
      .strictObject({
        email: z
          .array(z.email())
          .max(10)
          .default([])
          .describe('who is told of attacks, at most once in 15 minutes of each kind'),
        webhook: z
          .strictObject({
            url: z.string().max(2048).refine(isWebUri, 'must be an http or https URI'),
            secret: secret(z.string().regex(WEBHOOK_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')).describe(
              'signs (Standard Webhooks); sealed when it is stored',
            ),
          })
          .optional()
          .describe('is sent the same'),
      })
      .prefault({}),
  })
  .refine(({ step_up_score, deny_score }) => step_up_score <= deny_score, 'step_up_score must not be above deny_score')
  .prefault({});

export type RiskPolicy = z.output<typeof risk>;
export type SignalName = keyof RiskPolicy['weights'];
