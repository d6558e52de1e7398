import { equal, mac, sha256 } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { Refusal } from './refusal.ts';

/** One sign-in that went to an upstream and is to come back. */
export type Flow = {
  upstreamId: string;
  /** What the caller wants to know again at the callback. */
  context: Record<string, string>;
  /** Seconds: no sign-in at the upstream that is older will do. */
  maxAge?: number | undefined;
};

const KIND = 'UpstreamFlow';
/** Seconds: a user may have to find a password, and to register. */
const TTL = 15 * 60;

const key = (tenant: Tenant) => tenant.secretFor('upstream flow');
const idOf = (tenant: Tenant, state: string) => mac(key(tenant), `state ${state}`);
const bound = (tenant: Tenant, binding: string) => mac(key(tenant), `binding ${binding}`);

/** Follow from the state by a key that never leaves: nothing of them needs to be kept. */
export const nonceOf = (tenant: Tenant, state: string): string => mac(key(tenant), `nonce ${state}`);
/** RFC 7636 4.1: 43 characters. */
export const verifierOf = (tenant: Tenant, state: string): string => mac(key(tenant), `verifier ${state}`);
export const challengeOf = (tenant: Tenant, state: string): string => sha256(verifierOf(tenant, state));

/** `binding`: what only this browser has. Resolves to the state. */
export async function startFlow(tenant: Tenant, binding: string, flow: Flow): Promise<string> {
  const state = randomSecret();
  const payload = { ...flow, binding: bound(tenant, binding) };
  await tenant.store.artifacts.put(KIND, idOf(tenant, state), payload, TTL);
  return state;
}

/**
 * The flow that this browser began, once. Refused as `state_invalid`, `other_browser`, `mix_up`; a state that came to the
 * wrong place stays good at the right one, so that nobody else can spoil it.
 */
export async function endFlow(tenant: Tenant, state: string, binding: string, upstreamId: string): Promise<Flow> {
  const id = idOf(tenant, state);
  const found = await tenant.store.artifacts.find(KIND, id);
  if (!found || found.consumed !== undefined) throw new Refusal('state_invalid', 'the state is unknown, over or used');
  const { binding: owner, ...flow } = found.payload as Flow & { binding: string };
  if (!equal(owner, bound(tenant, binding))) throw new Refusal('other_browser', 'the state is of another browser');
  if (flow.upstreamId !== upstreamId) throw new Refusal('mix_up', `the state is for "${flow.upstreamId}"`);
  if (!(await tenant.store.artifacts.consume(KIND, id))) throw new Refusal('state_invalid', 'the state was used');
  return flow;
}

/** Whether a flow of this upstream waits for its answer, in whichever browser. */
export async function isAwaited(tenant: Tenant, state: string, upstreamId: string): Promise<boolean> {
  const found = await tenant.store.artifacts.find(KIND, idOf(tenant, state));
  return found?.consumed === undefined && (found?.payload as Flow | undefined)?.upstreamId === upstreamId;
}
