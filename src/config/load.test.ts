import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from './load.ts';

type Env = Record<string, string>;

const KEY = Buffer.from('a master key of thirty-two bytes').toString('base64');
const STORES = { MONGODB_URI: 'mongodb://localhost/x', REDIS_URL: 'redis://localhost' };
const PRODUCTION = { NODE_ENV: 'production', GATEHOUSE_URL: 'https://login.example.com' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  writeFileSync(join(folder, 'key'), `${KEY}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

function refused(env: Env): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad_config' });
    return (error as Error).message;
  }
  return 'not refused';
}

describe('a bad setting is named, with what was given and what is allowed', () => {
  test.each<[Env, RegExp]>([
    [{ PORT: 'abc' }, /PORT is "abc": must be a whole number, 0 to 65535/],
    [{ PORT: '1.5' }, /PORT is "1.5": must be a whole number, 0 to 65535/],
    [{ PORT: '70000' }, /PORT is "70000": must be a whole number, 0 to 65535/],
    [{ PORT: '-1' }, /PORT is "-1"/],
    [{ GATEHOUSE_WORKERS: 'many' }, /GATEHOUSE_WORKERS is "many": must be auto, or a whole number, 1 to 256/],
    [{ GATEHOUSE_WORKERS: '0' }, /GATEHOUSE_WORKERS is "0": must be .*a whole number, 1 to 256/],
    [{ GATEHOUSE_BCRYPT_COST: '3' }, /GATEHOUSE_BCRYPT_COST is "3": must be a whole number, 4 to 15/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud".*"info"/],
    [{ NODE_ENV: 'prod' }, /NODE_ENV is "prod".*"production"/],
    [{ GATEHOUSE_DEMO: 'yes' }, /GATEHOUSE_DEMO is "yes".*"true"/],
    [{ GATEHOUSE_URL: 'login.example.com' }, /GATEHOUSE_URL is "login.example.com": must be an http or https origin/],
    [{ GATEHOUSE_URL: 'https://login.example.com/auth' }, /without a path/],
    [{ GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/99' }, /GATEHOUSE_TRUSTED_PROXIES "10.0.0.0\/99" is not a CIDR/],
    [{ MONGODB_URI: STORES.MONGODB_URI }, /REDIS_URL the distributed store needs both/],
    [{ ...STORES }, /GATEHOUSE_MASTER_KEY several nodes share one key/],
    [{ ...STORES, REDIS_URL: 'localhost:6379' }, /REDIS_URL was given: must begin with redis:/],
    [{ GATEHOUSE_MASTER_KEY: 'change-me' }, /GATEHOUSE_MASTER_KEY was given: must be 32 random bytes/],
    [{ GATEHOUSE_MASTER_KEY_FILE: '/nowhere' }, /GATEHOUSE_MASTER_KEY_FILE cannot read \/nowhere: ENOENT/],
    [{ ...PRODUCTION, GATEHOUSE_URL: 'http://login.example.com' }, /GATEHOUSE_URL is .*: production needs https/],
    [{ ...PRODUCTION, GATEHOUSE_BCRYPT_COST: '4' }, /GATEHOUSE_BCRYPT_COST is 4: production needs 10 or more/],
    [{ ...PRODUCTION, GATEHOUSE_DEMO: 'true' }, /GATEHOUSE_DEMO is on/],
    [{ ...PRODUCTION, GATEHOUSE_INBOX: 'true' }, /GATEHOUSE_INBOX is on/],
    [{ ...PRODUCTION, GATEHOUSE_SMTP_URL: 'console:' }, /GATEHOUSE_SMTP_URL is console/],
    [{ ...PRODUCTION, GATEHOUSE_SMS_URL: 'console:' }, /GATEHOUSE_SMS_URL is console/],
    [{ GATEHOUSE_SMTP_URL: 'smtp://mail.example' }, /GATEHOUSE_MAIL_FROM is needed/],
    [{ GATEHOUSE_SMTP_URL: 'smtp://mail.example/path' }, /GATEHOUSE_SMTP_URL was given: must be smtp:/],
    [{ GATEHOUSE_SMTP_URL: 'http://mail.example' }, /GATEHOUSE_SMTP_URL was given: must be smtp:/],
    [{ GATEHOUSE_SMTP_URL: 'smtp://user@mail.example' }, /GATEHOUSE_SMTP_URL was given: must be smtp:/],
    [{ GATEHOUSE_SMTP_URL: 'smtps://mail.example?tls=none' }, /GATEHOUSE_SMTP_URL was given: must be smtp:/],
    [{ GATEHOUSE_MAIL_FROM: 'Acme <no-reply@acme.example>' }, /GATEHOUSE_MAIL_FROM .*must be a bare address/],
    [{ GATEHOUSE_SMS_URL: 'https://sms.example/' }, /GATEHOUSE_SMS_SECRET goes with a webhook/],
    [{ GATEHOUSE_SMS_URL: 'twilio://AC1@api.twilio.com' }, /GATEHOUSE_SMS_URL was given: must be https:/],
    [{ GATEHOUSE_SMS_SECRET: 'secret' }, /GATEHOUSE_SMS_SECRET was given: must be whsec_/],
    ...[Buffer.alloc(32), Buffer.alloc(32, 'secret'), Buffer.from('0123456701234567012345670123456 ')].map(
      (key): [Env, RegExp] => [
        { ...PRODUCTION, GATEHOUSE_MASTER_KEY: key.toString('base64') },
        /GATEHOUSE_MASTER_KEY was given: .*not random/,
      ],
    ),
  ])('%j', (env, message) => {
    expect(refused(env)).toMatch(message);
  });

  test('all at once', () => {
    expect(refused({ PORT: 'x', LOG_LEVEL: 'y', GATEHOUSE_MASTER_KEY_FILE: '/nowhere' }).split('\n')).toHaveLength(4);
  });

  test('given in two ways', () => {
    const both = { GATEHOUSE_MASTER_KEY: KEY, GATEHOUSE_MASTER_KEY_FILE: join(folder, 'key') };
    expect(refused(both)).toMatch(/give GATEHOUSE_MASTER_KEY or GATEHOUSE_MASTER_KEY_FILE, not both/);
  });

  test('secrets are not repeated', () => {
    const password = 'a-password-of-a-store';
    const env = {
      GATEHOUSE_SMTP_URL: `smtp://:${password}@h`,
      GATEHOUSE_SMS_URL: `twilio://:${password}@h`,
      REDIS_URL: `x://:${password}@h`,
      MONGODB_URI: `x://u:${password}@h`,
      GATEHOUSE_MASTER_KEY: password,
    };
    expect(refused(env)).not.toContain(password);
  });
});

test.each<[Env, object]>([
  [{}, { production: false, port: 3000, url: 'http://localhost:3000', workers: 1, demo: true, shutdownDrain: 0 }],
  [{ PORT: '' }, { port: 3000 }],
  [{ PORT: '8080' }, { port: 8080, url: 'http://localhost:8080' }],
  [{ GATEHOUSE_WORKERS: 'auto' }, { workers: 'auto' }],
  [{ GATEHOUSE_WORKERS: '4' }, { workers: 4 }],
  [{ GATEHOUSE_URL: 'https://Login.example.com:443/' }, { url: 'https://login.example.com' }],
  [{ GATEHOUSE_INBOX: 'true' }, { inbox: 'open' }],
  [{ GATEHOUSE_INBOX: 'false' }, { inbox: 'off' }],
  [{}, { inbox: 'local', mailTarget: undefined }],
  [{ ...PRODUCTION }, { production: true, inbox: 'off', demo: false, shutdownDrain: 5, bcryptCost: 12 }],
  [{ ...PRODUCTION, GATEHOUSE_MASTER_KEY: KEY }, { masterKey: Buffer.from(KEY, 'base64') }],
  [{ GATEHOUSE_MASTER_KEY: Buffer.alloc(32).toString('base64') }, { masterKey: Buffer.alloc(32) }],
])('%j', (env, config) => {
  expect(loadConfig(env)).toMatchObject(config);
});

test('a secret from a file', () => {
  const { masterKey } = loadConfig({ GATEHOUSE_MASTER_KEY_FILE: join(folder, 'key') });
  expect(masterKey).toEqual(Buffer.from(KEY, 'base64'));
});
