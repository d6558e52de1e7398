import type { Invitations } from '../../accounts/registration/invitations.ts';
import { linkGone } from '../../core/errors.ts';
import type { FieldError } from '../../http/fields.ts';
import type { Page } from '../../http/page.ts';
import type { FromOf } from '../from.ts';
import type { SignUpForm } from '../sign-up-form.ts';
import type { LoginContext } from '../state.ts';
import { type Standalone, tokenOf } from './standalone.ts';

type Said = { errors: FieldError[]; values: Record<string, string>; token: string };

/**
 * The link of an invitation. It proves the mailbox: who has no account makes one with it, who has one and is signed in takes
 * what is promised.
 */
export function invitationPage(deps: { invitations: Invitations; form: SignUpForm; fromOf: FromOf }): Standalone {
  const { invitations, form } = deps;

  async function page(ctx: LoginContext, { errors, values, token }: Said): Promise<Page> {
    const { tenant, browserSessions } = ctx.state;
    const invitation = await invitations.look(tenant, token);
    if (!invitation) throw linkGone();
    const { email, accountId } = invitation;
    if (accountId !== undefined) {
      const session = await browserSessions.find(ctx.req, ctx.res);
      const isSignedIn = session?.accountId === accountId;
      return { view: 'invitation-known', data: { email, token, isSignedIn, signIn: `${tenant.basePath}/account` } };
    }
    const shown = form.shown(tenant, deps.fromOf(ctx).locale, asksOf(ctx), values);
    return { view: 'invitation', status: errors.length ? 422 : 200, data: { errors, email, token, ...shown } };
  }

  return {
    path: '/invitation',
    show: (ctx) => page(ctx, { errors: [], values: {}, token: tokenOf(ctx) }),

    async take(ctx, fields) {
      const { tenant, browserSessions } = ctx.state;
      const token = fields.get('token') ?? '';
      const signIn = `${tenant.basePath}/account`;
      const invitation = await invitations.look(tenant, token);
      if (!invitation) throw linkGone();
      if (invitation.accountId !== undefined) {
        const session = await browserSessions.find(ctx.req, ctx.res);
        if (session?.accountId !== invitation.accountId) return page(ctx, { errors: [], values: {}, token });
        await invitations.acceptAs(tenant, token, session.accountId);
        return signIn;
      }
      const { input, errors, values } = form.read(tenant, fields, asksOf(ctx));
      if (errors.length) return page(ctx, { errors, values, token });
      try {
        await invitations.accept(tenant, token, input, deps.fromOf(ctx));
      } catch (error) {
        return page(ctx, { errors: form.errorsOf(tenant, error), values, token });
      }
      return signIn;
    },
  };
}

const asksOf = ({ state: { tenant } }: LoginContext) => ({
  email: false,
  password: tenant.settings.authentication.first_factors.includes('password'),
});
