import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { distinct, inkOn } from '../core/color.ts';
import { direction } from '../core/direction.ts';
import { packageRoot } from '../core/package-root.ts';
import { brandOf, type Tenant } from '../tenants/tenant.ts';
import type { Content } from './content.ts';

const WHITE = '#ffffff';

const views = new nunjucks.Environment(new nunjucks.FileSystemLoader(join(packageRoot, 'views', 'mail')), {
  autoescape: true,
  throwOnUndefined: true,
  trimBlocks: true,
  lstripBlocks: true,
});

/** The HTML part: every value is escaped. */
export function htmlOf(tenant: Tenant, locale: string, content: Content): string {
  const { logo_uri: logo, primary_color } = tenant.settings.branding;
  const button = primary_color.toLowerCase();
  const dir = direction(locale);
  return views.render('mail.njk', {
    ...content,
    code: content.code ?? '',
    brand: brandOf(tenant),
    logo: logo ?? '',
    locale,
    dir,
    start: dir === 'rtl' ? 'right' : 'left',
    button,
    buttonText: inkOn(button),
    buttonLine: distinct(button, WHITE, 3),
    accent: distinct(button, WHITE, 4.5),
  });
}

/** The text part: the same in plain text. */
export function textOf({ lead, code, actions, details, note, footer }: Content): string {
  const blocks = [
    lead,
    code && `    ${code}`,
    ...actions.map(({ label, href }) => `${label}:\n${href}`),
    details.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    note,
    `-- \n${footer}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}
