import type { KoaContextWithOIDC } from 'oidc-provider';
import { cspSourceOf } from '../core/csp-source.ts';

const CSP = 'content-security-policy';

/**
 * The core's own pages post a form by themselves: an authorization response (`form_post`), a logout. Browsers hold the
 * form's target, and each redirect after it, against `form-action`, so that names where this request leads: only
 * addresses that the core has checked against the client.
 */
export async function formActionOfCorePages(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const policy = ctx.response.get(CSP);
  if (!policy || !ctx.oidc || !ctx.response.is('html')) return;
  const sources = [...new Set(goals(ctx).map(cspSourceOf))].filter((source) => source !== undefined);
  if (sources.length > 0)
    ctx.set(CSP, policy.replace("form-action 'self'", ["form-action 'self'", ...sources].join(' ')));
}

function goals({ oidc }: KoaContextWithOIDC): string[] {
  const { client, params, session, entities } = oidc;
  const redirectUri = params?.redirect_uri;
  // Checked when the sign-in began. Where it leaves one account for another, the client is not loaded yet.
  const afterSignIn = entities.Interaction?.params.redirect_uri;
  const afterLogout = session?.state?.postLogoutRedirectUri;
  return [
    ...(typeof redirectUri === 'string' && client?.redirectUriAllowed(redirectUri) ? [redirectUri] : []),
    ...(typeof afterSignIn === 'string' ? [afterSignIn] : []),
    ...(typeof afterLogout === 'string' ? [afterLogout] : []),
  ];
}
