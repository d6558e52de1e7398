import type { Context } from 'koa';
import { isError } from '../core/errors.ts';
import { webUri } from '../core/web-uri.ts';
import type { OidcPages } from '../oidc/configuration.ts';
import type { WayBack } from '../oidc/way-back.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createDevicePages } from './device-pages.ts';
import { publicError, sendErrorPage } from './error-page.ts';
import { framesPage } from './frames-page.ts';
import type { Pages, Visit } from './page.ts';

/** The protocol core's context. */
export type CoreContext = Parameters<OidcPages['logoutSource']>[0];

/** The pages that the protocol core asks for by its hooks. */
export function createOidcPages(deps: {
  pages: Pages;
  tenant: Tenant;
  requestIdOf: (ctx: Context) => string;
}): OidcPages {
  const { pages, tenant } = deps;

  const visitOf = (ctx: CoreContext): Visit => ({
    tenant,
    requestId: deps.requestIdOf(ctx),
    uiLocales: text(ctx.oidc?.params?.ui_locales),
  });

  return {
    ...createDevicePages({ pages, visitOf }),

    /** Never redirects: what led here may not be trusted (RFC 9700 4.11). */
    renderError(ctx, out, error, back) {
      if (back) {
        // Errors that are made to be sent on have the status of a redirect.
        const status = Math.max(ctx.status, 400);
        const client = clientName(ctx);
        const data = { client, host: back.host, back: fieldsOf(back), code: out.error, detail: out.error_description };
        pages.send(ctx, visitOf(ctx), { view: 'stopped', status, data, formAction: back.action ? [back.action] : [] });
        return;
      }
      const known = isError(error) ? publicError(error) : undefined;
      sendErrorPage(pages, ctx, visitOf(ctx), {
        status: ctx.status,
        code: error.name === 'SessionNotFound' ? 'interaction_gone' : out.error,
        detail: [out.error, out.error_description].filter(Boolean).join(': '),
        retryAfter: (error as { retryAfter?: number }).retryAfter,
        ...known,
      });
    },

    /** `formHtml` is the core's hidden form, `op.logoutForm`. */
    logoutSource(ctx, formHtml) {
      const goal = text(ctx.oidc?.params?.post_logout_redirect_uri);
      pages.send(ctx, visitOf(ctx), {
        view: 'logout',
        data: { formHtml, client: clientName(ctx) },
        formAction: goal ? [goal] : [],
      });
    },

    signedOutOfStranger(ctx, { host, href }) {
      pages.send(ctx, visitOf(ctx), { view: 'logged-out', data: { host, back: href } });
    },

    signedOutInFrames(ctx, { stays, ...page }) {
      pages.send(ctx, visitOf(ctx), framesPage(ctx, { ...page, client: stays ? clientName(ctx) : undefined }));
    },

    /** Names the client when the user left only it, and stays signed in here. */
    postLogoutSuccessSource(ctx) {
      pages.send(ctx, visitOf(ctx), {
        view: 'logged-out',
        data: { client: clientName(ctx), home: webUri(ctx.oidc?.client?.clientUri) },
      });
    },
  };
}

/** The fields as pairs: a template goes through these in order. */
const fieldsOf = ({ href, action, fields = {} }: WayBack) => ({ href, action, fields: Object.entries(fields) });

const clientName = ({ oidc }: CoreContext) => oidc?.client && (oidc.client.clientName ?? oidc.client.clientId);

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
