import type { Pages } from '../http/page.ts';
import { guesserOf } from './guesser.ts';
import type { LoginContext } from './state.ts';

/** From where a request comes, for limits and the audit trail, and the language of its page, for what is mailed. */
export const createFromOf =
  ({ pages }: { pages: Pick<Pages, 'locale'> }) =>
  (ctx: LoginContext) => ({
    ...guesserOf(ctx),
    locale: pages.locale(ctx, { tenant: ctx.state.tenant, uiLocales: ctx.state.interaction?.params.ui_locales }),
  });

export type FromOf = ReturnType<typeof createFromOf>;
