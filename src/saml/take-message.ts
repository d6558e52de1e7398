import { readForm } from '../http/form.ts';
import type { Message } from './bindings/message.ts';
import { readPost } from './bindings/post.ts';
import { readRedirect } from './bindings/redirect.ts';
import type { SamlContext } from './visit.ts';

/** The message of a request, by the binding that its method tells. Errors `saml_refused`, and those of a form. */
export const takeMessage = async (ctx: SamlContext): Promise<Message> =>
  ctx.method === 'POST' ? readPost(await readForm(ctx.req)) : readRedirect(ctx.querystring);
