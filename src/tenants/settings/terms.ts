import { z } from 'zod';
import { isWebUri } from '../../core/web-uri.ts';
import { shownName } from './shown-name.ts';

const term = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 small letters, digits, "_" and "-"'),
  version: z.string().min(1).max(64).describe('users are asked again when it changes'),
  title: z.record(z.string().max(35), shownName).describe('by language'),
  uri: z.string().max(2048).refine(isWebUri, 'must be an http or https URI'),
  required: z.boolean().default(true).describe('without it nobody goes on'),
  since: z.iso.datetime({ offset: true }).optional().describe('not asked before; default: at once'),
});

export type Term = z.output<typeof term>;

export const terms = z
  .array(term)
  .max(20)
  .superRefine((all, ctx) => {
    for (const [i, { id, version }] of all.entries())
      if (all.findIndex((other) => other.id === id && other.version === version) < i)
        ctx.addIssue({ code: 'custom', path: [i, 'version'], message: 'is there already' });
  })
  .default([]);
