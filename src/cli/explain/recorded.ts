import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { notFound } from '../../core/errors.ts';
import { type RecordedRisk, recordedRiskOf } from '../../risk/recordable.ts';
import { every } from '../../store/every.ts';

const TYPES = ['sign_in.succeeded', 'sign_in.refused', 'sign_in.failed', 'sign_in.throttled', 'sign_in.challenged'];

const told = z.object({
  why: z.array(z.object({ step: z.string(), asked: z.boolean(), because: z.string() })).default([]),
  reason: z.string().optional(),
  refused: z.string().optional(),
  acr: z.string().optional(),
  aal: z.number().optional(),
  factors: z.array(z.string()).optional(),
});

/** What the audit trail knows of one sign-in. `at`: milliseconds since the epoch. */
export type Recorded = z.output<typeof told> & {
  at: number;
  type: string;
  user: string | undefined;
  client: string | undefined;
  address: string | undefined;
  risk: RecordedRisk | undefined;
};

/** By the reference that error pages show and every answer has as `X-Request-Id`. Error `not_found`. */
export async function explainRecorded(
  audit: Pick<Audit, 'find'>,
  tenantId: string,
  requestId: string,
): Promise<Recorded> {
  for (const type of TYPES) {
    for await (const event of every((query) => audit.find(tenantId, query), { field: 'type', equals: type })) {
      if (event.requestId !== requestId) continue;
      const { at, target: user, clientId: client, ip: address, details = {} } = event;
      return { at, type, user, client, address, ...told.parse(details), risk: recordedRiskOf(details) };
    }
  }
  throw notFound(`a sign-in with the request id "${requestId}"`);
}
