import type { Accounts } from '../accounts/accounts.ts';
import type { Proof } from '../factors/proof.ts';
import { type Ended, groundOf } from '../journey/ground.ts';
import { changeJourney, type Journey, withProof } from './journey.ts';
import type { Visit } from './visit.ts';

/**
 * Puts into the journey what an account has just proven, then `change` of it. `as`: the account as it was when the proof was
 * looked at, of a factor that its owner may have changed to shut somebody out.
 */
export type Prove = (
  visit: Visit,
  proven: { accountId: string; proof: Proof; as?: Ended | undefined },
  change?: (journey: Journey) => Journey,
) => Promise<void>;

export const createProve =
  ({ accounts }: { accounts: Pick<Accounts, 'get'> }): Prove =>
  async (visit, { accountId, proof, as }, change = (journey) => journey) => {
    const { tenant, interaction, account, session } = visit;
    const isKnown = account?.id === accountId;
    const user = isKnown ? undefined : (as ?? (await accounts.get(tenant, accountId)) ?? {});
    // Of an account that was known before, the ground is as it was before.
    const ground = user ? groundOf(user, session?.accountId === accountId ? session.id : undefined) : visit.ground!;
    await changeJourney(tenant, interaction.uid, (journey) => change(withProof(journey, { accountId, proof, ground })));
  };
