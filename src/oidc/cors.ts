import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * Before it knows the client, the core lets any origin read its answer, so that a script can tell what is wrong. Not so
 * the origin `null`: it is that of every sandboxed frame and redirect, nobody's and so anybody's.
 */
export async function refuseNullOrigin(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.get('Origin') === 'null') ctx.remove('Access-Control-Allow-Origin');
}
