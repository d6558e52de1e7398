import { distinct, inkOn } from '../core/color.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Cached, cached } from './cached.ts';

/** The cards' backgrounds, `--surface` in public/page.css. */
export const SURFACES = { light: '#ffffff', dark: '#1a1c21' };

const sheets = new WeakMap<Tenant, Cached>();

/** The tenant's style sheet, made once for each revision. */
export function brandSheet(tenant: Tenant): Cached {
  let sheet = sheets.get(tenant);
  if (!sheet) {
    sheet = cached(brandCss(tenant.settings.branding), 'css');
    sheets.set(tenant, sheet);
  }
  return sheet;
}

/** Path below the issuer. */
export const brandUrl = (tenant: Tenant): string => `/brand.css?v=${brandSheet(tenant).version}`;

/**
 * The tenant's colour as custom properties. Buttons have the very colour, with a text that can be read on it (4.5:1)
 * and a line that shows their shape (3:1); what is written in it is moved as far as it takes (WCAG 2.2: 1.4.3, 1.4.11).
 */
export const brandCss = (branding: TenantSettings['branding']): string =>
  `:root{${scheme(branding.primary_color, SURFACES.light)}}\n` +
  `@media (prefers-color-scheme:dark){:root{${scheme(branding.primary_color, SURFACES.dark)}}}\n`;

function scheme(color: string, surface: string): string {
  const button = color.toLowerCase();
  const line = distinct(button, surface, 3);
  const accent = distinct(button, surface, 4.5);
  return `--button:${button};--button-text:${inkOn(button)};--button-line:${line};--accent:${accent}`;
}
