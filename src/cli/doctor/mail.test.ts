import { expect, test } from '@jest/globals';
import type { MailTarget } from '../../config/transports.ts';
import type { Stored } from '../../store/records.ts';
import type { TenantRecord } from '../../tenants/record.ts';
import { checkMail } from './mail.ts';

const tenant = (id: string, own: boolean) =>
  ({ id, settings: own ? { mail: { smtp: { host: 'smtp.example' } } } : {} }) as Stored<TenantRecord>;
const SMTP: MailTarget = {
  kind: 'smtp',
  host: 'smtp.example',
  port: 587,
  tls: 'starttls',
  user: 'u',
  password: 'p-word',
};
const four = ['a', 'b', 'c', 'd'].map((id) => tenant(id, false));

test.each<[string, boolean, MailTarget | undefined, Stored<TenantRecord>[], string, string]>([
  ['a mail server', true, SMTP, four, 'ok', 'goes to smtp.example:587'],
  ['files', true, { kind: 'file', folder: 'x' }, four, 'ok', 'is not sent'],
  ['every tenant its own', true, undefined, [tenant('a', true)], 'ok', 'every tenant'],
  ['none, in development', false, undefined, four, 'ok', 'inbox'],
  [
    'none, in production',
    true,
    undefined,
    [tenant('a', true), tenant('b', false)],
    'warn',
    'by b: set GATEHOUSE_SMTP_URL',
  ],
  ['none, of many', true, undefined, four, 'warn', 'a, b, c, … (4)'],
])('%s', (_name, production, mailTarget, tenants, status, message) => {
  expect(checkMail({ production, mailTarget }, tenants)).toEqual([
    { check: 'mail', status, message: expect.stringContaining(message) },
  ]);
});
