import type { Page, Query, Stored } from './records.ts';

/** Every record of a list, of those with `where` alone, read page by page as it is asked for. */
export async function* every<T>(
  list: (query: Query) => Promise<Page<T>>,
  where?: Query['where'],
): AsyncGenerator<Stored<T>, void> {
  for (let after: string | undefined; ; ) {
    const page = await list({ limit: 1000, ...(where && { where }), ...(after !== undefined && { after }) });
    yield* page.items;
    if (page.next === undefined) return;
    after = page.next;
  }
}
