import { equal, mac } from '../core/hashing.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The field that people do not see and programs fill in: hidden by style, out of the tab order, without autocomplete. */
export const HONEYPOT = 'confirm_homepage';
/** The hidden field with `formStamp`. */
export const STAMP = 'stamp';

/** Seconds for which a form may stay open before its age says nothing. */
const LIFE = 86_400;

export type FormAnswer = {
  tooFast: boolean;
  honeypot: boolean;
  /** The stamp is none of ours for this purpose, or too old to say anything. */
  unstamped: boolean;
};

/** When a form was shown, for its hidden field; signed, for this purpose only. `now`: milliseconds since the epoch. */
export function formStamp(tenant: Tenant, purpose: string, now: number): string {
  const at = Math.floor(now).toString(36);
  return `${at}.${proofOf(tenant, purpose, at)}`;
}

/** What the answer tells of who filled it in: the quickest are no people. */
export function answerOf(
  tenant: Tenant,
  purpose: string,
  form: { get(name: string): string | undefined | null },
  now: number,
): FormAnswer {
  const age = ageOf(tenant, purpose, form.get(STAMP) ?? '', now);
  return {
    tooFast: age !== undefined && age < tenant.settings.risk.forms.min_seconds,
    honeypot: (form.get(HONEYPOT) ?? '') !== '',
    unstamped: age === undefined,
  };
}

/** Seconds since a form was shown; `undefined` without a valid stamp. */
function ageOf(tenant: Tenant, purpose: string, stamp: string, now: number): number | undefined {
  const [at = '', proof = ''] = stamp.split('.');
  if (!equal(proof, proofOf(tenant, purpose, at))) return undefined;
  const age = (now - Number.parseInt(at, 36)) / 1000;
  return age >= 0 && age <= LIFE ? age : undefined;
}

const proofOf = (tenant: Tenant, purpose: string, at: string) =>
  mac(tenant.secretFor('form stamps'), JSON.stringify([purpose, at])).slice(0, 22);
