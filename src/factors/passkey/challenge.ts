import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { oneTime } from '../one-time.ts';
import { Refusal } from './refusal.ts';

/** What a challenge is good for: one ceremony of one browser (`binding`) and, where it is known, one account. */
export type Use = { ceremony: 'create' | 'get'; binding: string; accountId?: string };

/** What was asked of the authenticator with the challenge. */
export type Asked = {
  /** Made without asking the user (conditional create). */
  conditional?: boolean;
  userVerification: 'preferred' | 'required';
};

/** Seconds. */
export const CHALLENGE_TTL = 300;

const challenges = (tenant: Tenant) => oneTime<Asked>(tenant, 'PasskeyChallenge', CHALLENGE_TTL);

/** The use is part of the place: for another browser, account or tenant there is no such challenge, and none to burn. */
const placeOf = (tenant: Tenant, { ceremony, binding, accountId = '' }: Use, challenge: string) =>
  challenges(tenant).idOf(ceremony, binding, accountId, challenge);

export async function issueChallenge(tenant: Tenant, use: Use, asked: Asked): Promise<string> {
  const challenge = randomSecret();
  await challenges(tenant).put(placeOf(tenant, use, challenge), asked);
  return challenge;
}

/** For the first caller, whatever becomes of that one; to all others a refusal. */
export async function redeemChallenge(tenant: Tenant, use: Use, challenge: string): Promise<Asked> {
  const place = placeOf(tenant, use, challenge);
  const found = await challenges(tenant).find(place);
  if (!found || !(await challenges(tenant).end(place, found.version)))
    throw new Refusal('expired', 'the challenge is unknown, used or too old');
  return found.content;
}
