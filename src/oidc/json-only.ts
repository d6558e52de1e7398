/** Files of plain hosts come as text or as bytes. */
const JSON_TYPES = /\bjson\b|^text\/plain\b|^application\/octet-stream\b/i;

/**
 * `fetch` for what the core reads of others, which is JSON in all cases: an answer that says it is something else, a page, say,
 * is not read (draft-ietf-oauth-client-id-metadata-document-02 4; RFC 7517 8.5).
 */
export function jsonOnly(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const type = response.headers.get('content-type');
    const isRead = (init?.method ?? 'GET') === 'GET' && response.status === 200;
    if (!isRead || type === null || JSON_TYPES.test(type)) return response;
    await response.body?.cancel();
    throw new TypeError(`the answer is not JSON but ${type}`);
  };
}
