import { z } from 'zod';
import { hasHidden } from '../core/text.ts';
import { httpsUri } from '../tenants/settings/https-uri.ts';
import { STATUSES } from './records.ts';

/** What receivers send (SSF 1.0 8.1). What the specification does not know is left out, not refused: others extend it. */

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';

const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !hasHidden(text), 'must not have control or invisible characters');

const delivery = z.discriminatedUnion(
  'method',
  [
    z.object({
      method: z.literal(PUSH),
      // Whether it leads inside is seen when it is used, and each time: a name may change its mind.
      endpoint_url: httpsUri,
      authorization_header: z
        .string()
        .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be one line of printable ASCII')
        .max(4096)
        .optional(),
    }),
    z.object({ method: z.literal(POLL) }),
  ],
  { error: `method must be ${PUSH} (push) or ${POLL} (poll)` },
);

const chosen = {
  events_requested: z.array(z.string().max(500)).max(100).optional(),
  delivery: delivery.optional(),
  description: words(200).optional(),
};

export const newStream = z.object(chosen);
export type StreamInput = z.infer<typeof newStream>;

const streamId = z.string().min(1).max(100);

/** For PATCH and PUT: the receiver may send back what is ours to say, as it is (8.1.1.3). */
export const changedStream = z.object({
  stream_id: streamId,
  ...chosen,
  iss: z.unknown().optional(),
  aud: z.unknown().optional(),
  events_supported: z.unknown().optional(),
  events_delivered: z.unknown().optional(),
  min_verification_interval: z.unknown().optional(),
});
export type ChangedStream = z.infer<typeof changedStream>;

export const statusInput = z.object({
  stream_id: streamId,
  status: z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}`),
  reason: words(500).optional(),
});

/** RFC 9493 3.2.4; a user of a complex subject (SSF 1.0 3.3) is the same. */
const issSub = z.object({ format: z.literal('iss_sub'), iss: z.string().max(2048), sub: z.string().min(1).max(255) });
const complex = z.object({ format: z.literal('complex'), user: issSub });
export const subjectInput = z.object({
  stream_id: streamId,
  subject: z.discriminatedUnion('format', [issSub, complex], {
    error: 'must be of the format iss_sub, with the sub of an ID token',
  }),
});

export const verificationInput = z.object({ stream_id: streamId, state: z.string().max(1000).optional() });

/** RFC 8936 2.2. Bounded: a request is one piece of work. */
export const pollInput = z.object({
  maxEvents: z.number().int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string().max(100)).max(500).optional(),
  setErrs: z
    .record(z.string().max(100), z.object({ err: z.string().max(100), description: z.string().max(1000).optional() }))
    .refine((errors) => Object.keys(errors).length <= 500, 'must not have more than 500')
    .optional(),
});
export type PollInput = z.infer<typeof pollInput>;
