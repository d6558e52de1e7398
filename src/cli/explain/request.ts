import { seconds, systemClock } from '../../core/clock.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { FACTORS, type FactorName, type Proof } from '../../factors/proof.ts';
import type { Facts } from '../../journey/facts.ts';
import { factsOf } from '../../journey/facts-of.ts';
import type { Person } from '../../journey/person.ts';
import { type Turn, walk } from '../../journey/walk.ts';
import { createFindPerson } from '../../login/person.ts';
import { policyOfClient, requestFacts } from '../../oidc/request-facts.ts';
import type { Services } from '../../services.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { userNamed } from '../lookup.ts';

/** A sign-in to think through, as options of the command line tell it. */
export type Imagined = {
  client: string;
  user?: string;
  has?: string[];
  acr?: string[];
  maxAge?: string;
  prompt?: 'login' | 'create';
  session?: string[];
  trustedDevice?: boolean;
  risk?: Facts['risk'];
};

/** Errors `not_found`, `invalid_input`. */
export async function explainRequest(services: Services, tenant: Tenant, imagined: Imagined): Promise<Turn[]> {
  const now = seconds(systemClock);
  const { prompt, session = [], trustedDevice = false, risk = 'allow' } = imagined;
  const client = await services.clients.get(tenant, imagined.client);
  if (!client) throw notFound(`client "${imagined.client}"`);
  const owner = await ownerOf(services, tenant, imagined);
  const request = requestFacts(paramsOf(imagined, client.metadata), prompt ? [`${prompt}_prompt`] : []);
  const proofs = session.flatMap((text) => proofsIn(text, now));
  const known = {
    now,
    request,
    trustedDevice,
    risk,
    clientPolicy: policyOfClient(client.metadata),
    session: proofs.length > 0 ? { accountId: owner.account.id, proofs, lastSeenAt: now } : undefined,
  };
  const start = { journey: { proofs: [], passed: [] }, person: proofs.length > 0 ? owner : undefined };
  return walk((standing) => factsOf(tenant, { ...known, ...standing }), owner, start);
}

/** What a request leaves out is what its client wants by default. */
function paramsOf({ acr, maxAge }: Imagined, client: Record<string, unknown>) {
  const acrValues = acr ?? (client.default_acr_values as string[] | undefined) ?? [];
  const max_age = maxAge === undefined ? client.default_max_age : wholeNumber('--max-age', maxAge);
  return { acr_values: acrValues.join(' '), ...(max_age !== undefined && { max_age }) };
}

async function ownerOf(services: Services, tenant: Tenant, { user, has = ['password'] }: Imagined): Promise<Person> {
  if (user !== undefined) {
    const { id } = await userNamed(services, tenant, user);
    const person = await createFindPerson({ clock: systemClock, ...services })(tenant, id, { factors: true });
    return person!;
  }
  const factors = has.map((name) => factorNamed('--has', name));
  const standing = { active: true, resetRequired: false, termsDue: false, profileMissing: false };
  return { account: { id: 'anybody', factors, ...standing }, roles: [], organizations: [] };
}

/** `2h:password,totp`: proven so long ago. */
function proofsIn(text: string, now: number): Proof[] {
  const [, count, unit = 's', names = ''] = /^(\d{1,9})([smhd])?:(.+)$/.exec(text) ?? [];
  if (count === undefined)
    throw invalidInput(`--session "${text}" is none: give an age and factors, as 3600:password or 2h:password,totp`);
  const at = now - Number(count) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd'];
  return names.split(',').map((name) => ({ factor: factorNamed('--session', name), at }));
}

function factorNamed(option: string, name: string): FactorName {
  const factor = FACTORS.find((known) => known === name);
  if (!factor) throw invalidInput(`${option}: "${name}" is no factor; there are ${FACTORS.join(', ')}`);
  return factor;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidInput(`${option} "${text}" must be a whole number of seconds`);
  return Number(text);
}
