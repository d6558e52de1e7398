import type { Origin } from '../factors/origin.ts';
import { browserOf } from './origin.ts';
import type { LoginContext } from './state.ts';

/** Who tries something, for limits and the audit trail: on a device that it knows, strangers lock nobody out of an account. */
export function guesserOf(ctx: LoginContext): Origin & { ip: string } {
  const { ip, requestId } = ctx.state;
  return { ip, requestId, device: browserOf(ctx) };
}
