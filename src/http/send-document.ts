import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Document } from '../oidc/documents.ts';
import type { HeaderFields } from './security-headers.ts';

/** All in one call: header by header, Node would take as long for them as for the rest of the answer. */
export function sendDocument(
  req: IncomingMessage,
  res: ServerResponse,
  document: Document,
  headers: HeaderFields,
  requestId: string,
): void {
  const isKnown = names(req.headers['if-none-match'], document.headers.etag!);
  res.writeHead(isKnown ? 304 : 200, rawHeaders(document, headers).concat('x-request-id', requestId));
  res.end(isKnown || req.method === 'HEAD' ? undefined : document.body);
}

const raw = new WeakMap<Document, string[]>();

/** Names and values in turn; the document's own come first where both have one. */
function rawHeaders(document: Document, headers: HeaderFields): string[] {
  let list = raw.get(document);
  if (!list) {
    const own = new Set(Object.keys(document.headers));
    const rest = Object.entries(headers).filter(([name]) => !own.has(name.toLowerCase()));
    list = [...Object.entries(document.headers), ...rest].flat();
    raw.set(document, list);
  }
  return list;
}

/** RFC 9110 13.1.2: If-None-Match is a list, compared weakly (a proxy that compresses weakens the tag), or `*`. */
const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header === etag || header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))));
