import type { FapiPlan, FapiVariant } from '../fapi/plan.ts';
import type { PingReceiver } from './ping-receiver.ts';

export type CibaVariant = FapiVariant & { ciba_mode: 'poll' | 'ping' };
export type CibaPlan = FapiPlan & {
  variant: CibaVariant;
  /** The suite's notification endpoint. */
  pings: PingReceiver;
  /** Answers for the user (`automated_ciba_approval_url`). */
  approver: { url: string };
};
