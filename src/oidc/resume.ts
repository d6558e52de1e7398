import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';

const RESUME = /^\/(?:auth|device)\/([\w-]+)$/;

/**
 * The core resumes what the cookie names, whatever the path says: a cookie that a neighbour of this host planted for
 * the path would sign the browser in as its planter. Without cookies the core finds nothing to resume.
 */
export function resumeByPath(provider: Provider) {
  return (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    const uid = RESUME.exec(ctx.path)?.[1];
    // The signature is the core's to check.
    if (uid && ctx.cookies.get(provider.cookieName('resume'), { signed: false }) !== uid) delete ctx.req.headers.cookie;
    return next();
  };
}
