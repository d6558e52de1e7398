import { randomUUID } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';

const HEADER = 'x-fapi-interaction-id';
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** FAPI 1.0 Baseline 6.2.1, clause 11: a resource answers with the id of the client’s, or with one of its own. Userinfo is one. */
export async function sayInteractionId(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.oidc?.route !== 'userinfo') return;
  const given = ctx.get(HEADER);
  ctx.set(HEADER, UUID.test(given) ? given : randomUUID());
}
