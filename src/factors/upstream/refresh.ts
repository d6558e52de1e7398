import { isDeepStrictEqual } from 'node:util';
import type { Claims } from '../../accounts/claims.ts';

type Name = keyof Claims;

/**
 * Which claims of an account a sign-in changes: those that it does not have, and those that are still as this upstream told
 * them before (`applied`). What users wrote or took out themselves stays, unless the upstream is `authoritative`.
 */
export function refreshed(account: Claims, applied: Claims, told: Claims, authoritative: boolean): Claims {
  const mayChange = (name: Name) => authoritative || isDeepStrictEqual(account[name], applied[name]);
  const names = (Object.keys(told) as Name[]).filter(
    (name) => !isDeepStrictEqual(account[name], told[name]) && mayChange(name),
  );
  return Object.fromEntries(names.map((name) => [name, told[name]]));
}

/** Roles that the upstream can give are its to take; others stay. */
export const refreshedRoles = (
  current: readonly string[],
  given: readonly string[],
  told: readonly string[],
): string[] => [...current.filter((role) => !given.includes(role)), ...told];
