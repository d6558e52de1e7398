import { z } from 'zod';
import { hasControls, hasHidden } from '../core/text.ts';
import { isWebUri } from '../core/web-uri.ts';

const text = (max = 200) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !hasControls(value), 'must not have control or text-direction characters');
/** Line breaks are allowed, as OpenID Connect Core 5.1.1 has them. */
const lines = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !hasHidden(value.replaceAll(/\r?\n/g, '')), 'must not have control characters');
const uri = z
  .string()
  .max(2048)
  .refine(
    (value) => /^https?:\/\/[\x21-\x7e]+$/.test(value) && isWebUri(value) && !value.includes('\\'),
    'must be an http or https URI',
  );

const address = z.strictObject({
  formatted: lines(1000).optional(),
  street_address: lines(500).optional(),
  locality: text().optional(),
  region: text().optional(),
  postal_code: text(40).optional(),
  country: text(100).optional(),
});

/** OpenID Connect Core 5.1, without those that an account has of its own (sub, email, updated_at). */
export const claimFields = {
  name: text().optional(),
  given_name: text().optional(),
  family_name: text().optional(),
  middle_name: text().optional(),
  nickname: text().optional(),
  preferred_username: text().optional(),
  profile: uri.optional(),
  picture: uri.optional(),
  website: uri.optional(),
  gender: text(40).optional(),
  birthdate: z.string().refine(isBirthdate, 'must be a date as YYYY-MM-DD, YYYY, or 0000-MM-DD').optional(),
  zoneinfo: z.string().refine(isTimeZone, 'must be a time zone of the IANA database, e.g. Europe/Paris').optional(),
  locale: z.string().refine(isLocale, 'must be a language tag (BCP 47), e.g. en-US').optional(),
  phone_number: z
    .string()
    .regex(/^\+[1-9]\d{4,14}(;ext=\d{1,10})?$/, 'must be as in E.164, e.g. +4930123456')
    .optional(),
  phone_number_verified: z.boolean().optional(),
  address: address.optional(),
};

export const claimsSchema = z.strictObject(claimFields);
export type Claims = z.infer<typeof claimsSchema>;

/** All claims of a user by their standard names; which of them a client may see is not decided here. */
export function claimsOf(user: {
  id: string;
  email: string;
  email_verified: boolean;
  claims: Claims;
  updatedAt: number;
}) {
  const { id, email, email_verified, claims, updatedAt } = user;
  return { sub: id, email, email_verified, ...claims, updated_at: Math.floor(updatedAt / 1000) };
}

function isBirthdate(value: string): boolean {
  if (/^\d{4}$/.test(value)) return true;
  // The year 0000 says that it is left out; it is a leap year, so that 29 February has its place.
  const date = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function isTimeZone(value: string): boolean {
  try {
    // Offsets such as +01:00 are accepted by Intl but are no zone.
    return /^[A-Za-z]/.test(value) && Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
}

function isLocale(value: string): boolean {
  try {
    // Some use "_" for "-" (OpenID Connect Core 5.1).
    return value.length <= 35 && Intl.getCanonicalLocales(value.replaceAll('_', '-')).length === 1;
  } catch {
    return false;
  }
}
