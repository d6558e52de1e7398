import type { Tenant } from '../tenants/tenant.ts';
import { automationOf, type Marks } from './automation.ts';
import { isDisposable } from './disposable-mail.ts';
import type { FormAnswer } from './forms.ts';
import { kmBetween } from './geo/distance.ts';
import { type History, historyOf, hourOf, marksOf, type Visit } from './history.ts';
import { type Signals, signalsOf } from './signals.ts';
import type { Failures } from './throttle.ts';

/** What there is to see of an attempt. What is left out says nothing. */
export type Attempt = Visit & {
  /** Only once something is proven: that an account has a history takes a look into the store, and so time. */
  accountId?: string;
  /** The request's `User-Agent` and `Accept-Language`. */
  headers?: Marks;
  /** Of `countGuess`. */
  failures?: Failures;
  /** Of `answerOf` (`forms.ts`). */
  form?: FormAnswer;
  password?: 'common' | 'leaked';
  /** The address that signs up or in. */
  email?: string | undefined;
  upstreamRisk?: Signals['upstreamRisk'];
};

/** The signals of an attempt, for `decide`; one look into the store where `accountId` is given, else none. */
export async function gather(tenant: Tenant, attempt: Attempt): Promise<Signals> {
  const { accountId, headers, form, failures, password, email, upstreamRisk } = attempt;
  const history = accountId === undefined ? undefined : await historyOf(tenant, accountId);
  return signalsOf({
    ...failures,
    ...(headers && automationOf(headers)),
    ...(form && { tooFast: form.tooFast, honeypot: form.honeypot }),
    ...(email !== undefined && { disposableMail: isDisposable(email) }),
    commonPassword: password === 'common',
    leakedPassword: password === 'leaked',
    upstreamRisk,
    ...(history && compared(history, marksOf(tenant, accountId!, attempt), attempt.at)),
  });
}

/** Sign-ins from which on there are usual hours. */
const HABIT = 10;

/** What of a visit is not in the history. */
function compared(history: History, marks: ReturnType<typeof marksOf>, at: number) {
  const { devices, addresses, networks, countries, hours, lastAt, lastCountry } = history;
  const km = lastCountry && marks.countries ? kmBetween(lastCountry, marks.countries) : 0;
  // Two sign-ins at once are no division by nothing.
  const elapsed = Math.max(60_000, at - lastAt) / 3_600_000;
  const hour = hourOf(at);
  // The hours before and after count too: people are no clocks, and summer time moves them.
  const around = [hour + 23, hour, hour + 1].map((near) => hours[near % 24]!);
  return {
    newDevice: marks.devices === undefined || !devices.includes(marks.devices),
    newAddress: !addresses.includes(marks.addresses),
    newNetwork: !networks.includes(marks.networks),
    // An account that was never seen in a country has no home to leave.
    newCountry: marks.countries !== undefined && countries.length > 0 && !countries.includes(marks.countries),
    km,
    kmh: Math.round(km / elapsed),
    unusualHour: hours.reduce((sum, count) => sum + count, 0) >= HABIT && around.every((count) => count === 0),
  };
}
