import type { Context } from 'koa';
import { direction } from '../core/direction.ts';
import type { Messages } from '../core/messages.ts';
import { brandOf, type Tenant } from '../tenants/tenant.ts';
import type { Assets } from './assets.ts';
import { brandUrl } from './brand.ts';
import { contentSecurityPolicy, type ThirdParty } from './csp.ts';
import { askedLocale, chooseLocale, waitInWords } from './locale.ts';
import { readLocaleCookie, writeLocaleCookie } from './locale-cookie.ts';
import type { Views } from './views.ts';

/** Whose page, and for which request. Without a tenant (its address is unknown) a page has no colours of its own. */
export type Visit = { tenant: Tenant | undefined; requestId: string; uiLocales?: string | undefined };

export type Page = {
  /** Name of the template. */
  view: string;
  /** 200 when left out. */
  status?: number;
  /** `challenge`: the sources of its captcha are allowed. */
  data?: { challenge?: { captcha?: { csp: ThirdParty } | undefined } | undefined; [name: string]: unknown };
  /** Where the chain of redirects after a submit may lead to, see `contentSecurityPolicy`. */
  formAction?: string[];
  /** URIs that it has in frames. */
  frames?: string[] | undefined;
  /** Logos of clients. */
  images?: (string | undefined)[];
};

export type Pages = {
  send(ctx: Context, visit: Visit, page: Page): void;
  /** In which language they are shown: mails of this request are to be in the same. */
  locale(ctx: Context, visit: Wish): string;
};

export function createPages(deps: { views: Views; messages: Messages; assets: Assets }): Pages {
  return {
    locale: (ctx, visit) => localeOf(ctx, visit, deps.messages.locales),

    send(ctx, visit, page) {
      const { tenant } = visit;
      const basePath = tenant?.basePath ?? '';
      const logo = tenant?.settings.branding.logo_uri;
      const locale = localeOf(ctx, visit, deps.messages.locales);
      keepIfAsked(ctx, visit, locale);
      ctx.status = page.status ?? 200;
      ctx.set('Cache-Control', 'no-store');
      ctx.set(
        'Content-Security-Policy',
        contentSecurityPolicy({
          formAction: page.formAction,
          frames: page.frames,
          thirdParty: page.data?.challenge?.captcha?.csp,
          images: [logo, ...(page.images ?? [])].filter((uri) => uri !== undefined),
        }),
      );
      ctx.type = 'html';
      ctx.body = deps.views.render(page.view, {
        ...page.data,
        t: deps.messages.in(locale),
        wait: (seconds: number) => waitInWords(seconds, locale),
        locale,
        dir: direction(locale),
        brand: { name: tenant ? brandOf(tenant) : 'Gatehouse', logo, sheet: tenant && basePath + brandUrl(tenant) },
        links: tenant?.settings.links ?? {},
        url: (path: string) => basePath + path,
        asset: (name: string) => basePath + deps.assets.url(name),
        reference: visit.requestId,
      });
    },
  };
}

type Wish = Omit<Visit, 'requestId'>;
type Locales = { supported: string[]; default?: string | undefined };

function localeOf(ctx: Context, { tenant, uiLocales }: Wish, available: string[]): string {
  const locales: Locales = tenant?.settings.locales ?? { supported: available, default: 'en' };
  const { supported, default: fallback = supported[0] ?? 'en' } = locales;
  const offered = available.filter((locale) => supported.includes(locale));
  const cookie = readLocaleCookie(ctx, tenant);
  return chooseLocale({ uiLocales, cookie, acceptLanguage: ctx.get('Accept-Language') }, offered, fallback);
}

/** For the pages that no client asks for in a language: signed out, errors. */
function keepIfAsked(ctx: Context, { tenant, uiLocales }: Wish, locale: string): void {
  if (tenant && askedLocale(uiLocales, [locale]) && locale !== readLocaleCookie(ctx, tenant))
    writeLocaleCookie(ctx, tenant, locale);
}
