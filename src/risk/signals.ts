import { z } from 'zod';

const count = z.number().int().min(0).default(0);
const mark = z.boolean().default(false);

/**
 * What is known of a sign-in when it is judged: plain data, in which the default of each field is its harmless value.
 * Nothing "new" is said of an account without history: there is nothing to compare with.
 */
export const signalsSchema = z.object({
  newDevice: mark,
  newAddress: mark,
  newNetwork: mark,
  newCountry: mark,
  /** Since the last sign-in: kilometres, at the least, and kilometres per hour. */
  km: count,
  kmh: count,
  unusualHour: mark,
  /** Failed guesses before this one, within the windows of the throttle. */
  pairFailures: count,
  accountFailures: count,
  addressFailures: count,
  networkFailures: count,
  tenantFailures: count,
  commonPassword: mark,
  leakedPassword: mark,
  noAcceptLanguage: mark,
  headless: mark,
  tooFast: mark,
  honeypot: mark,
  disposableMail: mark,
  upstreamRisk: z.enum(['none', 'low', 'medium', 'high']).default('none'),
});

export type Signals = z.output<typeof signalsSchema>;
/** Where a field is left out, its harmless value is meant. */
export type SignalsInput = z.input<typeof signalsSchema>;

export const signalsOf = (given: SignalsInput = {}): Signals => signalsSchema.parse(given);
