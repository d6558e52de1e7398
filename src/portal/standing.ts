import { aalOf, authTimeOf } from '../journey/assurance.ts';
import type { Facts } from '../journey/facts.ts';
import { plan } from '../journey/plan.ts';
import { aalNow, FRESH, proofsThatCount } from '../journey/standing.ts';
import { usableOf } from './lock-out.ts';

/** `out`: has to sign in. `fresh`: may change what one signs in with. */
export type Standing = 'out' | 'in' | 'fresh';

/** How far the session of who comes is good, on the grounds that sign-ins go by. Pure. */
export function standingOf(facts: Facts): Standing {
  const { outcome } = plan(facts);
  // What else a sign-in would ask for (to enrol, to accept terms) keeps nobody from the pages where it can be done.
  if ('refuse' in outcome || ('ask' in outcome && ['identify', 'verify'].includes(outcome.ask))) return 'out';
  const isNew = facts.now - authTimeOf(proofsThatCount(facts)) <= FRESH;
  return isNew && aalNow(facts) >= levelToChange(facts) ? 'fresh' : 'in';
}

/** The level that changes need: of who has two factors both, or one of them alone could take the other away. */
export function levelToChange({ account, policy, ladder }: Facts): 1 | 2 {
  const proofs = usableOf(account?.factors ?? [], policy)
    .filter((factor) => factor !== 'recovery_code')
    .map((factor) => ({ factor, at: 0 }));
  // What a tenant has no name for cannot be asked.
  return aalOf(proofs) >= 2 && ladder.some(({ aal }) => aal === 2) ? 2 : 1;
}
