import type { UpstreamIdentity } from '../../factors/upstream/identity.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import { changeJourney, type Journey } from '../journey.ts';
import type { Prove } from '../prove.ts';
import { type Answer, firstPath, type Visit } from '../visit.ts';
import type { SendProof } from './send-proof.ts';
import { wait } from './waiting.ts';
import { refusedBy } from './words.ts';

/** The page that asks for the account that is there. */
export const PROVE_ACCOUNT = 'upstream-account';

/** Goes on with who came back from an upstream. `emailProven`: that the address is theirs, by a code of ours. */
export type Admit = (visit: Visit, identity: UpstreamIdentity, emailProven?: boolean) => Promise<Answer>;

export const createAdmit =
  ({
    upstreams,
    sendProof,
    prove,
  }: {
    upstreams: Pick<Upstreams, 'admit'>;
    sendProof: SendProof;
    prove: Prove;
  }): Admit =>
  async (visit, identity, emailProven = false) => {
    const { ctx, tenant, interaction } = visit;
    const { uid } = interaction;
    const { ip, requestId } = ctx.state;
    const admission = await upstreams.admit(tenant, identity, { emailProven }, { ip, requestId });
    switch (admission.action) {
      case 'refused':
        return refusedBy(providerOf(visit, identity), admission.reason);
      case 'signed_in': {
        const { upstreamId: id, idToken } = identity;
        await prove(visit, { accountId: admission.accountId, proof: identity.proof }, (journey) => ({
          ...journey,
          ...(idToken && { upstream: { id, idToken } }),
          ...noticedBy(identity, journey),
        }));
        return undefined;
      }
      case 'prove_email':
        return sendProof(visit, identity, admission.email);
      case 'ask_to_prove': {
        const email = identity.email!;
        await wait(tenant, uid, { for: 'account', identity, email, accountId: admission.accountId });
        await changeJourney(tenant, uid, (journey) => ({
          ...journey,
          identifier: email,
          ...noticedBy(identity, journey),
        }));
        return firstPath(visit, { show: PROVE_ACCOUNT });
      }
    }
  };

const noticedBy = ({ risk }: UpstreamIdentity, { noticed }: Journey): Pick<Journey, 'noticed'> =>
  risk ? { noticed: { ...noticed, upstreamRisk: risk } } : {};

export const providerOf = ({ tenant }: Visit, { upstreamId }: UpstreamIdentity): string =>
  tenant.settings.upstreams.find(({ id }) => id === upstreamId)?.name ?? upstreamId;
