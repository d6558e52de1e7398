import Provider, { type Adapter, errors } from 'oidc-provider';
import type { Artifacts } from '../../store/artifacts.ts';
import { genericAdapter } from './generic.ts';

/**
 * Marks for things that may be used once (`jti` of client assertions and DPoP proofs). The core asks, then marks: two
 * racers would both pass. So the question is always answered with no, and the mark itself is the decision.
 */
export function replayAdapter(artifacts: Artifacts): Adapter {
  return {
    ...genericAdapter('ReplayDetection', artifacts),
    async find() {
      return undefined;
    },
    async upsert(id, _payload, expiresIn) {
      if (await artifacts.once(`replay ${id}`, Math.max(1, expiresIn!))) return;
      const params = Provider.ctx?.oidc.params;
      throw params?.client_assertion
        ? new errors.InvalidClientAuth('client assertion tokens must only be used once')
        : new errors.InvalidDpopProof('DPoP proof JWT Replay detected');
    },
  };
}
