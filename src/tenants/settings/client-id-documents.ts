import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';

/** `[*.]name[:port]` in the spelling of URLs, or nothing. */
function hostPattern(value: string): string {
  const [, any = '', name = '', port = ''] = /^(\*\.)?([^:*]+)(:\d{1,5})?$/.exec(value) ?? [];
  const ascii = domainToASCII(name);
  return ascii && any + ascii + port;
}

const host = z
  .string()
  .max(253)
  .transform((value) => (value === '*' ? value : hostPattern(value)))
  .refine(
    (value) => value !== '',
    'must be a host such as app.example.com, *.example.com for all below one, or * for any',
  );

export const clientIdDocuments = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('take an https address as a client_id, and read the client’s metadata there'),
    hosts: z
      .array(host)
      .max(1000)
      .refine(isUnique, 'must not name one twice')
      .default([])
      .describe('where documents may be: host, *.domain for all below it, or * for any public address'),
    max_cache: z
      .number()
      .int()
      .min(30)
      .max(86_400 * 7)
      .default(86_400)
      .describe('a document is read anew after so long, whatever its server says'),
  })
  .refine(({ enabled, hosts }) => !enabled || hosts.length > 0, {
    path: ['hosts'],
    message: 'must name one at least where the documents are enabled',
  })
  .prefault({});
