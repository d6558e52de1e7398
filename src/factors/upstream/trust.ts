import { emailKey } from '../../accounts/email.ts';
import type { Upstream } from '../../tenants/settings/upstreams.ts';
import type { Proof } from '../proof.ts';
import type { Connection } from './connection.ts';
import type { Told } from './presets.ts';

/** In ASCII. Error `invalid_input` for what is no e-mail address. */
export const domainOf = (email: string): string => emailKey(email).split('@')[1]!;

/** Only an address that can be trusted says of which domain somebody is. */
export const isAllowed = (
  { allowed_domains }: Pick<Upstream, 'allowed_domains'>,
  { email, emailTrusted }: { email?: string; emailTrusted: boolean },
): boolean =>
  allowed_domains.length === 0 || (email !== undefined && emailTrusted && allowed_domains.includes(domainOf(email)));

/** Whether the upstream's word makes the address the user's own. */
export function trustsEmail(connection: Connection, told: Told, email: string): boolean {
  const { domains } = connection.upstream.trust;
  if (domains.length > 0 && !domains.includes(domainOf(email))) return false;
  if (connection.trustsEmail !== 'claim') return connection.trustsEmail === 'always';
  // What it says of `email` says nothing of another claim that is taken for the address.
  return connection.attributes.email === 'email' && (connection.emailVerified ?? isVerified)(told);
}

const isVerified = ({ email_verified }: Told) => email_verified === true;

/** Of what it tells about the sign-in there, only what the tenant has named counts. */
export function heard(
  { acr: byAcr, amr: byAmr }: Upstream['trust'],
  told: Told,
): Pick<NonNullable<Proof['upstream']>, 'aal' | 'amr'> {
  const amr = texts(told.amr).filter((method) => Object.hasOwn(byAmr, method));
  const levels = [
    ...amr.map((method) => byAmr[method]!),
    ...texts(told.acr).flatMap((acr) => (Object.hasOwn(byAcr, acr) ? [byAcr[acr]!] : [])),
  ];
  const aal = ([3, 2, 1] as const).find((level) => levels.includes(level));
  return { ...(aal && { aal }), ...(amr.length > 0 && { amr }) };
}

/** How risky the upstream found the sign-in, by the values that the tenant has named: of several the worst. */
export function riskOf({ risk }: Upstream['trust'], told: Told): 'low' | 'medium' | 'high' | undefined {
  if (!risk || !Object.hasOwn(told, risk.claim)) return undefined;
  const levels = texts(told[risk.claim]).flatMap((value) => (Object.hasOwn(risk.map, value) ? [risk.map[value]!] : []));
  return (['high', 'medium', 'low'] as const).find((level) => levels.includes(level));
}

/** Only roles that the tenant has named for a value; undefined where it gives none by this upstream at all. */
export function rolesOf(roles: Upstream['roles'], told: Told): string[] | undefined {
  if (!roles) return undefined;
  const values = Object.hasOwn(told, roles.claim) ? texts(told[roles.claim]) : [];
  return [...new Set(values.flatMap((value) => (Object.hasOwn(roles.map, value) ? [roles.map[value]!] : [])))].sort();
}

const texts = (value: unknown): string[] => [value].flat().filter((one): one is string => typeof one === 'string');
