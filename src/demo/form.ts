import type { IncomingMessage } from 'node:http';

const MAX_BODY = 8192;

/** A field of a small urlencoded form; `null` when it is absent, or the body is something else or too large. */
export async function formField(req: IncomingMessage, name: string): Promise<string | null> {
  if (!req.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString()).get(name);
}
