/** A number that can get text messages, in one spelling (E.164), and the country of its range (ISO 3166-1). */
export type MobileNumber = { e164: string; country: string };

/** What can get them; premium-rate, shared-cost and personal numbers, which cost more, are other types. */
const TYPES: readonly unknown[] = ['MOBILE', 'FIXED_LINE_OR_MOBILE'];

/** The number that was typed, with its country code (`+` or `00`); undefined where it is none, or belongs to no country. */
export async function mobileNumber(typed: string): Promise<MobileNumber | undefined> {
  const text = typed.normalize('NFKC').trim().replace(/^00/, '+');
  if (text.length > 40 || !/^\+[\p{Nd}\s().\p{Pd}/]+$/u.test(text)) return undefined;
  // Its tables are large and seldom needed: no start of the process pays for them. Only those of `max` tell the type.
  const { default: parse } = await import('libphonenumber-js/max');
  const number = parse(text, { extract: false });
  if (!number?.country || !number.isValid() || !TYPES.includes(number.getType())) return undefined;
  return { e164: number.number, country: number.country };
}

/** The block of ten thousand numbers that a number is in: who pumps has numbers of few blocks. */
export const blockOf = ({ e164 }: MobileNumber): string => e164.slice(0, -4);
