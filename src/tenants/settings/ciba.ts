import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';

const count = (fallback: number, max: number) => z.number().int().min(1).max(max).default(fallback);

/** OpenID Connect Client-Initiated Backchannel Authentication 1.0. A client has to be given the grant as well. */
export const ciba = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('let clients whose grant_types name it ask users to sign in, by way of their account pages (CIBA)'),
    request_ttl: z
      .number()
      .int()
      .min(30)
      .max(3600)
      .default(300)
      .describe('for so long a user can answer; requested_expiry of a client makes it shorter, never longer'),
    notify: z
      .array(z.enum(['email', 'sms']))
      .refine(isUnique, 'must not name one twice')
      .default(['email'])
      .describe('how users hear of a request, at verified addresses; they also see it on their account pages'),
    pending_per_user: count(1, 20).describe('requests that wait for one user at a time; others are refused'),
    hourly_per_user: count(10, 1000).describe('requests to one user in an hour, of all clients'),
    hourly_per_client: count(1000, 1_000_000).describe('requests of one client in an hour'),
    refused_pause: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .default(600)
      .describe('after a user has said no, the client may not ask them again for so long'),
  })
  .prefault({});
