import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';

const level = z.strictObject({
  acr: z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be printable ASCII without space, " and \\'),
  aal: z.union([z.literal(1), z.literal(2), z.literal(3)]),
});

const seconds = (fallback: number) =>
  z
    .number()
    .int()
    .min(60)
    .max(366 * 86_400)
    .default(fallback);
const lifetime = (idle: number, absolute: number) =>
  z.strictObject({ idle: seconds(idle), absolute: seconds(absolute) }).prefault({});

/**
 * How sure one is that it is the user (NIST SP 800-63B-4), by the names that clients ask for and are told. A sign-in
 * counts as of a level for so many seconds since its last use (of level 1: `session.ttl`), and since its proofs.
 */
export const assurance = z
  .strictObject({
    acr_values: z
      .array(level)
      .min(1)
      .refine((levels) => isUnique(levels.map(({ acr }) => acr)), 'must not name one twice')
      .refine(
        (levels) => levels.every(({ aal }, i) => i === 0 || aal >= levels[i - 1]!.aal),
        'must go from low to high',
      )
      .default([
        { acr: 'urn:gatehouse:aal1', aal: 1 },
        { acr: 'urn:gatehouse:aal2', aal: 2 },
        { acr: 'urn:gatehouse:aal3', aal: 3 },
      ]),
    aal1: z.strictObject({ absolute: seconds(30 * 86_400) }).prefault({}),
    aal2: lifetime(3600, 86_400),
    aal3: lifetime(900, 12 * 3600),
  })
  .prefault({});
