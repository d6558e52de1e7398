import type { Context } from 'koa';
import { sha256 } from '../core/hashing.ts';

/** A body that is the same for everybody, and the hash of it. */
export type Cached = { body: string | Buffer; type: string; version: string };

export const cached = (body: string | Buffer, type: string): Cached => ({
  body,
  type,
  version: sha256(body.toString()).slice(0, 16),
});

/** Answers it for good when the URL names this very version (`?v=`), else to be asked for again; 304 when it is known. */
export function sendCached(ctx: Context, file: Cached): void {
  const isPinned = ctx.query.v === file.version;
  ctx.status = 200;
  ctx.set('Cache-Control', isPinned ? 'public, max-age=31536000, immutable' : 'no-cache');
  ctx.set('ETag', `"${file.version}"`);
  ctx.type = file.type;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = file.body;
}
