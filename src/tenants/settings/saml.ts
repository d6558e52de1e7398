import { z } from 'zod';

const days = (max: number) => z.number().int().min(1).max(max);

/** The tenant as an identity provider of SAML 2.0, for clients that have `saml`. */
export const saml = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('speak SAML 2.0 with clients that have `saml`; works only with GATEHOUSE_SAML'),
    assertion_ttl: z.number().int().min(60).max(3600).default(300).describe('an assertion is good for so long'),
    publish_ahead_days: days(365).default(30).describe('a new key stands in the metadata for so long before it signs'),
    rotate_after_days: days(3650)
      .optional()
      .describe('default: the key is changed by command only, for many service providers keep its certificate by hand'),
  })
  .prefault({});
