import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';

const level = z.strictObject({
  acr: z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be printable ASCII without space, " and \\'),
  aal: z.union([z.literal(1), z.literal(2), z.literal(3)]),
});

const seconds = (max: number) => z.number().int().min(60).max(max);
const YEAR = 366 * 86_400;
const DAY = 86_400;

/**
 * The longest that a level may last. Levels 2 and 3 are those of NIST SP 800-63B-4 (2.2.3, 2.3.3) for the clients that
 * hear of them, so nobody can loosen them; how long one stays signed in is the tenant's own.
 */
const MOST = {
  aal1: { idle: seconds(YEAR), absolute: seconds(YEAR) },
  aal2: { idle: seconds(3600), absolute: seconds(DAY) },
  aal3: { idle: seconds(900), absolute: seconds(DAY / 2) },
};

/** What roles, organizations and clients may say of it: the shortest of all holds. */
export const shorterLifetimes = z.strictObject({
  aal1: z.strictObject(MOST.aal1).partial().optional(),
  aal2: z.strictObject(MOST.aal2).partial().optional(),
  aal3: z.strictObject(MOST.aal3).partial().optional(),
});

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
    aal1: z.strictObject({ absolute: MOST.aal1.absolute.default(30 * DAY) }).prefault({}),
    aal2: z
      .strictObject({ idle: MOST.aal2.idle.default(3600), absolute: MOST.aal2.absolute.default(DAY) })
      .prefault({}),
    aal3: z
      .strictObject({ idle: MOST.aal3.idle.default(900), absolute: MOST.aal3.absolute.default(DAY / 2) })
      .prefault({}),
  })
  .prefault({});
