import { z } from 'zod';
import { jsonSchema } from '../../core/json-schema.ts';
import { resourceIndicator } from './resources.ts';
import { shownName } from './shown-name.ts';

const type = z.strictObject({
  type: z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters without spaces'),
  name: shownName.optional().describe('what users are asked to allow; default: the type'),
  schema: jsonSchema.describe('JSON Schema of a detail without its type; what does not fit is refused'),
  resource: resourceIndicator
    .optional()
    .describe('the API that it is for: only its tokens have it; default: every token'),
});

export type AuthorizationDetailsType = z.output<typeof type>;

/** What can be asked for in `authorization_details` (RFC 9396). */
export const authorizationDetailsTypes = z
  .array(type)
  .max(100)
  .superRefine((all, ctx) => {
    for (const [i, { type: name }] of all.entries())
      if (all.findIndex((other) => other.type === name) < i)
        ctx.addIssue({ code: 'custom', path: [i, 'type'], message: 'is there already' });
  })
  .default([]);
