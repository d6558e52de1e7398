import { interactionGone } from '../core/errors.ts';
import { randomSecret } from '../core/ids.ts';
import type { SamlParty } from '../sessions/record.ts';
import type { Tenant } from '../tenants/tenant.ts';

const KIND = 'SamlSignOut';
/** Seconds: some ask their users. */
export const SIGN_OUT_TTL = 15 * 60;

/** A session that has ended here, on its way through those that were told of it. */
export type SigningOut = {
  left: SamlParty[];
  /** Who is asked now, by which request. */
  asked?: { clientId: string; requestId: string };
  /** Somebody could not be asked, or did not do it. */
  isPartial: boolean;
  /** Where to go in the end. */
  goal: string;
  /** The answer that is told whether it was partial. */
  answer?: string;
};

/** Where the browser goes to sign out there, one after the other, on its way to `goal`; undefined where nobody was told. */
export async function leaveFor(
  tenant: Tenant,
  left: readonly SamlParty[],
  { goal, answer }: Pick<SigningOut, 'goal' | 'answer'>,
): Promise<string | undefined> {
  if (left.length === 0) return undefined;
  const state = randomSecret();
  const signingOut = { left, isPartial: false, goal, ...(answer !== undefined && { answer }) };
  await tenant.store.artifacts.put(KIND, state, signingOut, SIGN_OUT_TTL);
  return signOutPath(tenant, state);
}

export const signOutPath = ({ basePath }: Tenant, state: string): string =>
  `${basePath}/saml/sign-out?${new URLSearchParams({ state })}`;

/** Error `interaction_gone`. */
export async function findSigningOut(
  { store }: Tenant,
  state: string,
): Promise<{ content: SigningOut; version: number }> {
  const found = await store.artifacts.find(KIND, state);
  if (!found) throw interactionGone();
  return { content: found.payload as SigningOut, version: found.version };
}

/** Of two tabs one goes on; error `interaction_gone` for the other. */
export async function swapSigningOut(
  { store }: Tenant,
  state: string,
  version: number,
  next: SigningOut,
): Promise<void> {
  if (!(await store.artifacts.swap(KIND, state, version, next, SIGN_OUT_TTL))) throw interactionGone();
}

export const endSigningOut = ({ store }: Tenant, state: string): Promise<void> => store.artifacts.destroy(KIND, state);
