import type { KoaContextWithOIDC } from 'oidc-provider';
import { cspSourceOf } from '../core/csp-source.ts';

const CSP = 'content-security-policy';
const OPENER_POLICY = 'Cross-Origin-Opener-Policy';

/** Whether a request is answered to the window that has opened its page, or has it in a frame. */
export const isForWindow = ({ response_mode }: { response_mode?: unknown }): boolean =>
  typeof response_mode === 'string' && response_mode.startsWith('web_message');

/** The page may be reached by its opener: only so can it answer to it, and each redirect on the way there counts. */
export const letOpenerIn = (ctx: { set(name: string, value: string): unknown }): unknown =>
  ctx.set(OPENER_POLICY, 'unsafe-none');

/**
 * Answers by the response mode `web_message`, to clients that name it. The core posts the message to the origin of the redirect
 * URI alone, so whoever else has opened the page gets nothing; nobody else may have it in a frame, either.
 */
export async function answerToWindow(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const { client, params } = ctx.oidc ?? {};
  const redirectUri = params?.redirect_uri;
  if (!client || !params || !isForWindow(params) || typeof redirectUri !== 'string') return;
  const { responseModes } = client as { responseModes?: string[] };
  const isAllowed = client.redirectUriAllowed(redirectUri);
  if (isAllowed && responseModes?.includes(String(params.response_mode))) letOpenerIn(ctx);
  // The core takes this from its answer, a refusal too, with all that the policy says of frames.
  if (ctx.response.get('x-frame-options')) return;
  const ancestors = (isAllowed && cspSourceOf(redirectUri)) || "'none'";
  ctx.set(CSP, `${ctx.response.get(CSP)}; frame-ancestors ${ancestors}`);
}
