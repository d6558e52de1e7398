import type { z } from 'zod';
import { forbidden, invalidInput } from '../../core/errors.ts';
import { checked } from '../../core/validate.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { emailKey } from '../email.ts';
import { missingAttributes, type Profile } from '../profile/attributes.ts';
import type { SignUp } from '../record.ts';
import { acceptedTerms } from './record.ts';

/** What somebody says to get an account. `phone_number` is among the claims. */
export type SignUpInput = {
  email: string;
  username?: string | undefined;
  /** Absent: they will sign in by other means. */
  password?: string | undefined;
  profile?: Partial<Profile>;
  terms?: z.input<typeof acceptedTerms>;
};

/** How strangers may come in at this tenant; error `forbidden` where they may not. */
export function openWay({ settings }: Pick<Tenant, 'settings'>): SignUp {
  const { who } = settings.registration;
  if (who === 'nobody' || who === 'invited') throw forbidden('nobody can sign up here without an invitation');
  return who;
}

/** Whether strangers may sign up at all. */
export const isOpen = ({ settings }: Pick<Tenant, 'settings'>): boolean =>
  settings.registration.who !== 'nobody' && settings.registration.who !== 'invited';

export type SignUpRules = {
  isDisposable: (email: string) => boolean;
  /** The documents that have to be accepted now. */
  requiredTerms: (tenant: Tenant) => { id: string; version: string }[];
};

/** What this tenant asks of who signs up, beyond what holds for every user. Error `invalid_input`, with pointers; nothing depends on who has an account. */
export function checkedSignUp(tenant: Tenant, input: SignUpInput, way: SignUp, rules: SignUpRules) {
  const { email, username, profile = {}, terms = [] } = input;
  const { registration } = tenant.settings;
  const { phone_number_verified, ...claims } = profile.claims ?? {};
  const { attributes = {} } = profile;
  if (registration.username === 'no' && username !== undefined) refuse('/username', 'is not asked for here');
  if (registration.username === 'required' && username === undefined) refuse('/username', 'is missing');
  if (way !== 'invited') checkDomain(registration, emailKey(email), rules);
  const missing = missingAttributes(tenant, { claims, attributes }, 'sign_up');
  if (registration.verification === 'phone' && claims.phone_number === undefined) missing.push('phone_number');
  if (missing.length > 0)
    throw invalidInput(
      `missing: ${missing.join(', ')}`,
      missing.map((name) => ({ pointer: `/${name}`, message: 'is missing' })),
    );
  const accepted = checked(acceptedTerms, terms, '/terms');
  for (const { id, version } of rules.requiredTerms(tenant))
    if (!accepted.some((term) => term.id === id && term.version === version))
      refuse('/terms', `${id} must be accepted`);
  return { email, ...(username !== undefined && { username }), claims, attributes, terms: accepted };
}

function checkDomain(
  { who, allowed_domains, refuse_disposable }: Tenant['settings']['registration'],
  email: string,
  { isDisposable }: SignUpRules,
): void {
  const domain = email.split('@')[1]!;
  if (who === 'allowed_domains' && !allowed_domains.includes(domain))
    refuse('/email', `must be an address of ${allowed_domains.join(', ')}`, 'domain');
  if (refuse_disposable && isDisposable(email))
    refuse('/email', 'must not be of a throw-away mail service', 'disposable');
}

function refuse(pointer: string, message: string, reason?: string): never {
  throw invalidInput(`${pointer}: ${message}`, [{ pointer, message, ...(reason !== undefined && { reason }) }]);
}
