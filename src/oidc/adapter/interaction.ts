import type { Adapter } from 'oidc-provider';
import type { Artifacts } from '../../store/artifacts.ts';
import { genericAdapter } from './generic.ts';

/**
 * An interaction knows the grant that its session has, but is not issued under it: where that grant ends, as when one
 * user leaves for another in mid-flow, the interaction goes on. So the store must not take it for one of the grant's.
 */
export function interactionAdapter(artifacts: Artifacts): Adapter {
  const generic = genericAdapter('Interaction', artifacts);
  return {
    ...generic,
    upsert: (id, { grantId, ...payload }, expiresIn) =>
      generic.upsert(id, { ...payload, sessionGrantId: grantId }, expiresIn),
    async find(id) {
      const found = await generic.find(id);
      if (!found) return undefined;
      const { sessionGrantId, ...payload } = found;
      return { ...payload, ...(typeof sessionGrantId === 'string' && { grantId: sessionGrantId }) };
    },
  };
}
