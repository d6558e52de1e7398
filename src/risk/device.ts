import { equal, mac } from '../core/hashing.ts';
import { randomSecret } from '../core/ids.ts';
import { cookieHeader, cookiesOf } from '../tenants/cookie.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * A browser that came back. Its cookie proves on which accounts somebody signed in there; it is no proof of who sits
 * before it, only that it is none of the strangers who guess.
 */
export type Device = {
  /** Random, of this tenant alone. */
  readonly id: string;
  /** Keyed hashes of accounts, the latest first: the cookie tells nobody whose they are. */
  readonly accounts: readonly string[];
};

/** Of one family or one counter; who signs in last stays known. */
export const MAX_ACCOUNTS = 10;
const NAME = 'device';
const A_YEAR = 366 * 86_400;
const FORM = /^1\.([\w-]{22})\.((?:[\w-]{16})*)\.([\w-]{43})$/;

/** The device of a request, by its `Cookie` header; `undefined` for one without, with one of another tenant, or a forged one. */
export function deviceOf(tenant: Tenant, header: string | undefined): Device | undefined {
  // Another site of the domain may have planted one of the name beside ours.
  for (const value of cookiesOf(tenant, header, NAME)) {
    const [, id = '', accounts = '', proof = ''] = FORM.exec(value) ?? [];
    if (id && equal(proof, proofOf(tenant, id, accounts))) return { id, accounts: accounts.match(/.{16}/g) ?? [] };
  }
  return undefined;
}

/** Whether the account has signed in there. Names that belong to no account have not. */
export const knows = (tenant: Tenant, device: Device | undefined, accountId: string): device is Device =>
  device?.accounts.includes(markOf(tenant, device.id, accountId)) ?? false;

/** The device, or a new one, as it is after a full sign-in of the account: only then. */
export function withAccount(tenant: Tenant, device: Device | undefined, accountId: string): Device {
  const { id, accounts } = device ?? { id: randomSecret(128), accounts: [] };
  const mark = markOf(tenant, id, accountId);
  return { id, accounts: [mark, ...accounts.filter((other) => other !== mark)].slice(0, MAX_ACCOUNTS) };
}

/** The `Set-Cookie` header that keeps it for a year. */
export function deviceCookie(tenant: Tenant, { id, accounts }: Device): string {
  const marks = accounts.join('');
  return cookieHeader(tenant, NAME, `1.${id}.${marks}.${proofOf(tenant, id, marks)}`, A_YEAR);
}

const keyOf = (tenant: Tenant) => tenant.secretFor('devices');
const proofOf = (tenant: Tenant, id: string, marks: string) => mac(keyOf(tenant), `device ${id} ${marks}`);
/** Different on each device, so that two cookies do not tell that they are of one account. */
const markOf = (tenant: Tenant, id: string, accountId: string) =>
  mac(keyOf(tenant), `account ${id} ${accountId}`).slice(0, 16);
