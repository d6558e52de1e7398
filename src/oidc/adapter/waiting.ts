import Provider, { type Adapter, errors } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import { sha256 } from '../../core/hashing.ts';
import type { Attacks } from '../../risk/attacks.ts';
import type { Artifact, Payload } from '../../store/artifacts.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { countPoll } from '../polling.ts';
import { findTyped } from '../user-codes.ts';
import { genericAdapter, revokeGrant, withId, withoutId } from './generic.ts';
import { concealed, revealed } from './waiting-secrets.ts';

/** Seconds for which one is kept after its end, so that who polls is told that it has ended (`expired_token`). */
const KEPT = 300;
const MAX_TRIES = 10;

export type WaitingDeps = { tenant: Tenant; clock: Clock; attacks: Pick<Attacks, 'report'> };

/**
 * Requests that wait for their user elsewhere while the client polls: device codes and CIBA requests. Each goes one way only
 * (STAGES), by a compare-and-swap: of an approval, a refusal and a redemption that race, none undoes another.
 */
export function waitingAdapter(
  kind: 'DeviceCode' | 'BackchannelAuthenticationRequest',
  { tenant, clock, attacks }: WaitingDeps,
): Adapter {
  const { artifacts } = tenant.store;

  /** A refusal is said as often as it is asked for: there is nothing in it to be used up. */
  function known(artifact: Artifact, id: string): Record<string, unknown> {
    const { consumed, ...payload } = withId({ ...artifact, payload: revealed(tenant, artifact.payload) }, id);
    return payload.error === undefined && consumed !== undefined ? { ...payload, consumed } : payload;
  }

  return {
    ...genericAdapter(kind, artifacts),

    async upsert(id, payload, expiresIn) {
      const key = keyOf(id);
      const next = { ...concealed(tenant, withoutId(payload as Record<string, unknown>)), key };
      for (let version = 0, tries = 0; tries < MAX_TRIES; tries += 1) {
        if (await artifacts.swap(kind, key, version, next, Math.max(1, expiresIn!) + KEPT)) return;
        const current = await artifacts.find(kind, key);
        if (!current || stageOf(current) >= stageOf({ payload: next })) break;
        version = current.version;
      }
      throw new errors.InvalidRequest('this request was answered already');
    },

    async find(id) {
      const oidc = Provider.ctx?.oidc;
      const isRedeeming = oidc?.route === 'token';
      if (isRedeeming && isReference(id)) return undefined;
      const artifact = await artifacts.find(kind, keyOf(id));
      if (!artifact) return undefined;
      const { payload } = artifact;
      const left = Number(payload.exp) - seconds(clock);
      const isPoll = isRedeeming && oidc?.client?.clientId === payload.clientId;
      if (isPoll && left > 0 && stageOf(artifact) < STAGES.answered) await countPoll(artifacts, clock, keyOf(id), left);
      return known(artifact, id);
    },

    async findByUserCode(userCode) {
      const found = await findTyped(tenant, attacks, userCode);
      return found && { ...known(found, REFERENCE + found.payload.key), userCode };
    },

    async consume(id) {
      const key = keyOf(id);
      if (await artifacts.consume(kind, key)) return;
      const payload = (await artifacts.find(kind, key))?.payload;
      if (payload?.error !== undefined) return;
      await revokeGrant(artifacts, payload?.grantId);
      throw new errors.InvalidGrant('already consumed');
    },
  };
}

/**
 * Who comes by the user code does not know the code of the device, which is stored as a hash only. The pages go by
 * that hash, which redeems nothing.
 */
const REFERENCE = 'ref:';
const isReference = (id: string) => id.startsWith(REFERENCE);
const keyOf = (id: string) => (isReference(id) ? id.slice(REFERENCE.length) : sha256(id));

const STAGES = { asked: 0, underWay: 1, answered: 2, consumed: 3 };

function stageOf({ payload, consumed }: { payload: Payload; consumed?: number | undefined }): number {
  if (consumed !== undefined) return STAGES.consumed;
  const { inFlight, grantId, error } = payload;
  if (grantId !== undefined || error !== undefined) return STAGES.answered;
  return inFlight ? STAGES.underWay : STAGES.asked;
}
