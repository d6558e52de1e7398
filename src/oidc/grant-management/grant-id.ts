import type { KoaContextWithOIDC } from 'oidc-provider';
import { sha256 } from '../../core/hashing.ts';

/** What a client calls a grant of its own: by it the grant is found, and nothing else can be done. */
export const publicGrantId = (grantId: string): string => sha256(grantId);

/** Tells clients which grant their tokens are of (Grant Management for OAuth 2.0, 5.4). */
export async function sayGrantId(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const grantId = ctx.oidc?.entities.Grant?.jti;
  const answer = ctx.body as { access_token?: string } | undefined;
  if (ctx.oidc?.route === 'token' && ctx.status === 200 && grantId && answer?.access_token)
    ctx.body = { ...answer, grant_id: publicGrantId(grantId) };
}
