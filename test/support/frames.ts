import { elementsOf } from './html.ts';
import type { Page } from './user-agent.ts';

/** The page after a sign-out that tells clients in frames, as a browser reads it. */

export const framesOf = ({ body }: Pick<Page, 'body'>): string[] =>
  elementsOf(body).flatMap(({ name, attributes }) => (name === 'iframe' ? [attributes.src!] : []));

/** Where it goes on to: by its link, and by its header without script. */
export function goesOnTo({ body, headers }: Pick<Page, 'body' | 'headers'>): string | undefined {
  const link = elementsOf(body).find(({ attributes }) => 'data-after-frames' in attributes)?.attributes.href;
  const refresh = headers.get('refresh')?.replace(/^\d+; url=/, '');
  if (link !== refresh) throw new Error(`the link leads to ${link}, the header to ${refresh}`);
  return link;
}
