import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { loadMessages } from '../core/messages.ts';
import { packageRoot } from '../core/package-root.ts';
import type { Data } from '../outbox/sealed-data.ts';
import type { Stored } from '../store/records.ts';
import { MAIL_TEMPLATES, NUMBERS } from '../tenants/settings/mail-templates.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { composeMail, composeSms } from './compose.ts';
import type { Message } from './record.ts';

let at: TestTenants;
beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());
const messages = loadMessages();

const withSettings = (change: Partial<TenantSettings>): Tenant => ({
  ...at.a,
  settings: { ...at.a.settings, ...change },
});
const branded = (branding: object): Tenant =>
  withSettings({ branding: { ...at.a.settings.branding, ...branding } as TenantSettings['branding'] });

const compose = (template: string, data: Data, { tenant = at.a, locale = 'en' as string | undefined } = {}) =>
  composeMail(tenant, { template, locale } as Stored<Message>, data, messages);

const value = (name: string) => {
  if (/link$/i.test(name)) return `https://login.example/${name}?t=a&b=%20`;
  if (['time', 'when', 'since'].includes(name)) return Date.UTC(2030, 4, 6, 7, 8);
  if ((NUMBERS as readonly string[]).includes(name)) return 7;
  return name === 'factor' ? 'totp' : `<${name}>`;
};
const names = (template: keyof typeof MAIL_TEMPLATES) => [
  ...MAIL_TEMPLATES[template].needs,
  ...MAIL_TEMPLATES[template].may,
];

describe.each(Object.keys(MAIL_TEMPLATES) as (keyof typeof MAIL_TEMPLATES)[])('%s', (template) => {
  const data = Object.fromEntries(names(template).map((name) => [name, value(name)]));
  const least = Object.fromEntries(MAIL_TEMPLATES[template].needs.map((name) => [name, value(name)]));

  test.each(['en', 'de'])('in %s has a subject, every value in both parts, and no markup of a value', (locale) => {
    const { subject, text, html } = compose(template, data, { locale });
    expect(subject).toMatch(/\S/);
    expect(subject).not.toContain('\n');
    const shown = names(template).filter((name) => name !== 'factor' && typeof data[name] === 'string');
    for (const name of shown) {
      expect(text).toContain(String(data[name]));
      expect(html).not.toContain(`<${name}>`);
      if (/link$/i.test(name)) expect(html).toContain(`href="https://login.example/${name}?t=a&amp;b=%20"`);
      else expect(html).toContain(`&lt;${name}&gt;`);
    }
    expect(`${subject}${text}${html}`).not.toMatch(/\{\w|undefined|NaN|\[object/);
    expect(html).toContain(`lang="${locale}" dir="ltr"`);
  });

  test('can be made of what it needs alone', () => expect(compose(template, least).text).toMatch(/\S/));
});

test('every text of a mail is of a template, and every template has its texts', () => {
  const catalogue = JSON.parse(readFileSync(join(packageRoot, 'config/locales/en.json'), 'utf8')) as object;
  const keys = Object.keys(catalogue).filter((key) => key.startsWith('mail.'));
  const wanted = Object.entries(MAIL_TEMPLATES).flatMap(([template, { needs, may }]) => {
    const links = [...needs, ...may].filter((name) => /link$/i.test(name)).length;
    const actions = ['action', 'second_action'].slice(0, links);
    return ['subject', 'lead', ...actions, 'note'].map((part) => `mail.${template}.${part}`);
  });
  const common = ['client', 'message', 'time', 'device', 'place'].map((name) => `mail.label.${name}`);
  expect(keys.sort()).toEqual([...wanted, ...common, 'mail.footer', 'mail.time'].sort());
});

test('counts, times and factors are put into words', () => {
  expect(compose('recovery_code_used', { left: 1 }).text).toContain('# code is left'.replace('#', '1'));
  expect(compose('recovery_code_used', { left: 0 }).text).toContain('none left');
  expect(compose('delayed_reset', { when: Date.UTC(2030, 4, 6, 7, 8), cancelLink: 'https://x.example/' }).text).toMatch(
    /May 6, 2030 at 7:08\sAM UTC/,
  );
  expect(compose('factor_added', { factor: 'totp' }, { locale: 'de' }).text).toContain('Authenticator-App');
  expect(compose('factor_added', { factor: 'retina' }).text).toContain('retina');
});

describe('the language', () => {
  test.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['xx', 'en'],
    [undefined, 'en'],
  ])('%s: %s', (locale, expected) => {
    expect(compose('approval_pending', {}, { locale }).locale).toBe(expected);
  });

  test('only one that the tenant has', () => {
    const tenant = withSettings({ locales: { supported: ['de'] } });
    expect(compose('approval_pending', {}, { tenant, locale: 'en' }).locale).toBe('de');
  });

  test.each(['ar', 'he'])('%s is written from right to left', (locale) => {
    const tenant = withSettings({ locales: { supported: [locale] } as never });
    const message = { template: 'sign_in_code', locale } as Stored<Message>;
    const english = { locales: [locale], in: () => messages.in('en') };
    const { html } = composeMail(tenant, message, { code: '123456', minutes: 5 }, english);
    expect(html).toContain(`lang="${locale}" dir="rtl"`);
    expect(html).toContain('align="right"');
    expect(html).toMatch(/<p dir="ltr"[^>]*>123456</);
  });
});

describe('T065, T068 what others have written', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '{{7*7}} {{code}} {% raw %}',
    '{{range.constructor("return 1")()}}',
    '{code} {minutes, plural, other {#}}',
    "' onmouseover='x",
  ];
  test.each(HOSTILE)('%s is shown as it is', (device) => {
    const { text, html } = compose('sign_in_code', { code: '123456', minutes: 5, device, place: 'a\u202eb\r\nc' });
    expect(text).toContain(`Device: ${device.replaceAll(/\.(?=[a-z])/g, '\u2024')}`);
    expect(text).toContain('Place: abc');
    expect(html).not.toMatch(/<script|<img|onmouseover='x/);
    expect(html.match(/123456/g)).toHaveLength(1);
  });

  test.each(['http://evil.example/x', 'evil.example', 'www.evil.example', 'https://3232235777/'])(
    '%s does not become a link',
    (name) => {
      const { text, html } = compose('invitation', { link: 'https://ok.example/', tenantName: name, days: 3 });
      for (const part of [text, html]) {
        expect(part).not.toMatch(/evil\.example|https:\/\/3232/);
        expect(part).toContain('https://ok.example/');
      }
    },
  );

  test('the name of the tenant is text, too', () => {
    const tenant = branded({ display_name: '<b>Söhne & Co</b>' });
    const { html, subject } = compose('approved', {}, { tenant });
    expect(html).toContain('&lt;b&gt;Söhne &amp; Co&lt;/b&gt;');
    expect(html).not.toContain('<b>');
    expect(subject).toBe('Your account was approved');
  });
});

describe('templates of a tenant', () => {
  const own = (en: object) =>
    withSettings({ mail: { ...at.a.settings.mail, templates: { sign_in_code: { en } } } as TenantSettings['mail'] });
  const data = { code: '12<3', minutes: 5, client: '{{brand}}' };

  test('replace what they have, part by part and for their language alone', () => {
    const tenant = own({
      subject: '{{ code }} at {{brand}}',
      text: '{{code}} for {{minutes}}\n{{client}} {{device}}.',
    });
    expect(compose('sign_in_code', data, { tenant })).toMatchObject({
      subject: '12<3 at a',
      text: '12<3 for 5\n{{brand}} .',
      html: expect.stringContaining('12&lt;3'),
    });
    const german = compose('sign_in_code', data, { tenant, locale: 'de' });
    expect(german.subject).toBe(compose('sign_in_code', data, { locale: 'de' }).subject);
  });

  test('in HTML values are escaped, even in an attribute without quotes', () => {
    const tenant = own({ html: '<b title={{client}}>{{code}}</b>' });
    const { html } = compose('sign_in_code', { ...data, client: 'x onclick="y`' }, { tenant });
    expect(html).toBe('<b title=x onclick&#61;&quot;y&#96;>12&lt;3</b>');
  });
});

test('a text message: its last line is for the device (origin-bound code)', () => {
  const text = (data: Data) => composeSms(at.a, { locale: 'en' } as Stored<Message>, data, messages);
  expect(text({ code: '123456' }).split('\n').at(-1)).toBe('@localhost #123456');
  expect(text({ code: '123456', host: 'login.acme.example' })).toBe(
    '123456 is your code for a. Give it to nobody.\n\n@login.acme.example #123456',
  );
});

test('views of mail load nothing from elsewhere but the logo, and run nothing', () => {
  const folder = join(packageRoot, 'views/mail');
  for (const name of readdirSync(folder)) {
    const source = readFileSync(join(folder, name), 'utf8');
    expect(source).not.toMatch(/<script|<link|\son[a-z]+=|javascript:|\|\s*safe|autoescape/i);
    expect(source.match(/src="[^"]*"/g)).toEqual(['src="{{ logo }}"']);
    expect(source).not.toMatch(/=\s*\{\{/);
  }
});
