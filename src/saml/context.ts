import type { TenantSettings } from '../tenants/settings.ts';
import type { RequestedContext } from './messages/authn-request.ts';

type Ladder = TenantSettings['assurance']['acr_values'];

const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const PASSWORD = `${CLASSES}PasswordProtectedTransport`;
const UNSPECIFIED = `${CLASSES}unspecified`;
const MFA = 'https://refeds.org/profile/mfa';

/** Level of assurance by class, beside the tenant's own names for levels. */
const LEVELS: Record<string, 0 | 1 | 2> = {
  [UNSPECIFIED]: 0,
  [`${CLASSES}Password`]: 1,
  [PASSWORD]: 1,
  [MFA]: 2,
  'http://schemas.microsoft.com/claims/multipleauthn': 2,
  [`${CLASSES}TimeSyncToken`]: 2,
};

const levelOf = (ladder: Ladder, name: string): number | undefined =>
  ladder.find(({ acr }) => acr === name)?.aal ?? LEVELS[name];

/**
 * What a requested context is in `acr_values`: empty where nothing is asked for, undefined where it is nothing that can be
 * asked here (SAML 2.0 Core 3.3.2.2.1).
 */
export function acrValuesFor(ladder: Ladder, requested: RequestedContext | undefined): string[] | undefined {
  if (!requested) return [];
  const { comparison, classes } = requested;
  const levels = classes.flatMap((name) => levelOf(ladder, name) ?? []);
  if (levels.length === 0 || comparison === 'maximum') return undefined;
  const wanted =
    comparison === 'better' ? [Math.max(...levels) + 1] : comparison === 'minimum' ? [Math.min(...levels)] : levels;
  // What is no more than a sign-in is met by any.
  if (wanted.includes(0)) return [];
  const names = wanted.flatMap((level) => ladder.find(({ aal }) => aal >= level)?.acr ?? []);
  return names.length === 0 ? undefined : [...new Set(names)];
}

/**
 * The class of a sign-in: the first of those that were asked for which is true of it, else what is true and most widely
 * known. No class is told that was not reached, also where exactly that was asked for.
 */
export function contextClassOf(
  ladder: Ladder,
  { acr, amr }: { acr: string | undefined; amr: readonly string[] },
  requested: RequestedContext | undefined,
): string {
  const level = ladder.find((step) => step.acr === acr)?.aal ?? 0;
  const isTrue = (name: string) => {
    if (name === UNSPECIFIED) return true;
    if (name === PASSWORD || name === `${CLASSES}Password`) return amr.includes('pwd');
    if (name === `${CLASSES}TimeSyncToken`) return level >= 2 && amr.includes('otp');
    const needed = levelOf(ladder, name);
    return needed !== undefined && needed <= level;
  };
  const asked = requested?.classes.find(isTrue);
  return asked ?? [MFA, PASSWORD].find(isTrue) ?? UNSPECIFIED;
}
