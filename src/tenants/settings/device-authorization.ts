import { z } from 'zod';

/** RFC 8628. A client has to be given the grant as well. */
export const deviceAuthorization = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('offer the device grant (RFC 8628) to clients whose grant_types name it'),
    code_ttl: z
      .number()
      .int()
      .min(60)
      .max(600)
      .default(600)
      .describe('for so long the code that a device shows can be entered, and the device be told of it'),
  })
  .prefault({});
