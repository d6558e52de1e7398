import { describe, expect, test } from '@jest/globals';
import { tenantSettings } from '../settings.ts';

const SMTP = { host: 'smtp.acme.example' };
const FROM = { address: 'no-reply@acme.example' };
const template = (parts: object, name = 'sign_in_code', locale = 'en') => ({
  templates: { [name]: { [locale]: parts } },
});

test.each<[string, object]>([
  ['nothing', {}],
  ['an own server', { from: FROM, smtp: { ...SMTP, user: 'u', password: 'p', port: 465, tls: 'implicit' } }],
  ['a name and an answer address', { from: { name: 'Acme Söhne' }, reply_to: 'help@acme.example' }],
  [
    'placeholders',
    template({ subject: '{{brand}}', text: '{{ code }} {{minutes}} {x} {%', html: '<b>{{client}}</b>' }),
  ],
  ['another language', template({ subject: 'x' }, 'approved', 'pt-BR')],
])('taken: %s', (_name, mail) => expect(tenantSettings.safeParse({ mail }).error).toBeUndefined());

describe('refused', () => {
  test.each<[string, object, string, RegExp]>([
    ['another’s domain by the shared server', { from: FROM }, 'mail.from.address', /needs an own mail.smtp/],
    ['an own server without sender', { smtp: SMTP }, 'mail.from.address', /is needed/],
    ['a user without password', { from: FROM, smtp: { ...SMTP, user: 'u' } }, 'mail.smtp.password', /both or neither/],
    ['an address with a name', { reply_to: 'A <a@b.example>' }, 'mail.reply_to', /bare/],
    ['two addresses', { reply_to: 'a@b.example,c@d.example' }, 'mail.reply_to', /bare/],
    ['a header in an address', { reply_to: 'a@b.example\r\nBcc: c@d.example' }, 'mail.reply_to', /bare/],
    ['a header in a name', { from: { name: 'A\r\nBcc: c@d.example' } }, 'mail.from.name', /control/],
    ['a URL as host', { from: FROM, smtp: { host: 'http://x.example/' } }, 'mail.smtp.host', /host name/],
    ['an unknown template', template({ subject: 'x' }, 'spam'), 'mail.templates', /spam|key|option/i],
    ['no language', template({ subject: 'x' }, 'approved', '../x'), 'mail.templates.approved.../x', /./],
    [
      'an unknown placeholder',
      template({ text: '{{password}}' }),
      'mail.templates.sign_in_code.en.text',
      /\{\{code\}\}, \{\{minutes/,
    ],
    [
      'one of another template',
      template({ html: '{{link}}' }),
      'mail.templates.sign_in_code.en.html',
      /no placeholder/,
    ],
    ['logic', template({ text: '{{7*7}}' }), 'mail.templates.sign_in_code.en.text', /\{\{7\*7\}\}/],
    [
      'an object’s way out',
      template({ text: '{{constructor}}' }),
      'mail.templates.sign_in_code.en.text',
      /no placeholder/,
    ],
    ['one without end', template({ text: 'a {{code' }), 'mail.templates.sign_in_code.en.text', /no placeholder/],
    [
      'a subject of two lines',
      template({ subject: 'a\nBcc: b' }),
      'mail.templates.sign_in_code.en.subject',
      /one line/,
    ],
  ])('%s', (_name, mail, path, message) => {
    const { error } = tenantSettings.safeParse({ mail });
    const found = error?.issues.map((issue) => [issue.path.join('.'), issue.message]);
    expect(found).toContainEqual([path, expect.stringMatching(message)]);
  });

  test.each<[string, object]>([
    ['a webhook without secret', { provider: 'webhook', url: 'https://x.example/' }],
    ['a secret that is none', { provider: 'webhook', url: 'https://x.example/', secret: 'abc' }],
    ['no URL', { provider: 'webhook', url: 'ftp://x.example/', secret: `whsec_${'A'.repeat(32)}` }],
    ['a path in an account', { provider: 'twilio', account_sid: '../x', auth_token: 't', from: '+15005550006' }],
    ['a sender that is none', { provider: 'twilio', account_sid: 'AC1', auth_token: 't', from: 'x'.repeat(30) }],
  ])('%s', (_name, sender) => expect(tenantSettings.safeParse({ sms: { sender } }).success).toBe(false));
});
