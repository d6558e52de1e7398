import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { certified, FOR_CLIENTS, FOR_SERVERS, type Subject } from '../../test/support/certificate.ts';
import { altNames, distinguishedName, isIssuedBy, isSameAddress, parseCertificate, subjectOf } from './certificate.ts';

const now = Date.UTC(2026, 0, 1);
const parsed = ({ cert }: { cert: string }) => new X509Certificate(cert);
const authority = certified({ subject: [['CN', 'CA']], isAuthority: true });

describe('a distinguished name', () => {
  test.each<[string, string[] | undefined]>([
    ['CN=web,O=Acme Inc,C=DE', ['cn=web', 'o=Acme Inc', 'c=DE']],
    ['cn=web, o=Acme Inc , c=DE', ['cn=web', 'o=Acme Inc', 'c=DE']],
    ['2.5.4.3=web,2.5.4.10=Acme Inc', ['cn=web', 'o=Acme Inc']],
    ['CN=a\\,b,O=c\\+d', ['cn=a,b', 'o=c+d']],
    ['CN=L\\C3\\BCb', ['cn=Lüb']],
    ['OU=b+CN=a', ['cn=a+ou=b']],
    ['E=a@example.com', ['emailaddress=a@example.com']],
    ['web', undefined],
    ['CN=web,Acme', undefined],
  ])('%s', (text, expected) => {
    expect(distinguishedName(text)).toEqual(expected);
  });

  test.each<[Subject, string]>([
    [[['CN', 'web']], 'CN=web'],
    [
      [
        ['C', 'DE'],
        ['O', 'Acme, Inc'],
        ['CN', 'web'],
      ],
      'CN=web,O=Acme\\, Inc,C=DE',
    ],
    [[['CN', 'Lübeck "x" + y']], 'CN=Lübeck \\"x\\" \\+ y'],
    [[['CN', 'a\nCN=root']], 'CN=a\\0ACN=root'],
  ])('of the certificate of %j', (subject, text) => {
    const certificate = parsed(certified({ subject }));
    expect(subjectOf(certificate)).toEqual(distinguishedName(text));
    expect(subjectOf(certificate)).toHaveLength(subject.length);
  });
});

test('names of a certificate by their kind', () => {
  const certificate = parsed(
    certified({
      names: {
        dns: ['a.example', 'x, DNS:b.example'],
        uri: ['https://a.example/x,y', 'spiffe://a/b'],
        email: ['a@example.com'],
        ip: [
          [192, 0, 2, 1],
          [...Array(15).fill(0), 1],
        ],
      },
    }),
  );
  expect(altNames(certificate, 'dns')).toEqual(['a.example', 'x, DNS:b.example']);
  expect(altNames(certificate, 'uri')).toEqual(['https://a.example/x,y', 'spiffe://a/b']);
  expect(altNames(certificate, 'email')).toEqual(['a@example.com']);
  expect(altNames(certificate, 'ip').map((ip) => isSameAddress(ip, '::1') || isSameAddress(ip, '192.0.2.1'))).toEqual([
    true,
    true,
  ]);
  expect(isSameAddress('x', 'x')).toBe(false);
});

describe('who issued it', () => {
  const others = certified({ subject: [['CN', 'CA']], isAuthority: true });
  const plain = certified({ subject: [['CN', 'CA']] });
  const old = { subject: [['CN', 'CA']] as Subject, isAuthority: true, until: '251231235959Z' };
  test.each<[string, Parameters<typeof certified>[0], typeof authority, boolean]>([
    ['an authority', { issuer: authority }, authority, true],
    ['an authority, for TLS clients', { issuer: authority, usage: FOR_CLIENTS }, authority, true],
    ['an authority, for TLS servers alone', { issuer: authority, usage: FOR_SERVERS }, authority, false],
    ['another authority of the same name', { issuer: others }, authority, false],
    ['nobody but itself', {}, authority, false],
    ['no authority', { issuer: plain }, plain, false],
    ['an authority, until yesterday', { issuer: authority, until: '251231235959Z' }, authority, false],
  ])('%s: %p', (_name, options, by, expected) => {
    expect(isIssuedBy(parsed(certified(options)), [parsed(by)], now)).toBe(expected);
    expect(isIssuedBy(parsed(certified(options)), [], now)).toBe(false);
  });

  test('an authority that is over', () => {
    const over = certified(old);
    expect(isIssuedBy(parsed(certified({ issuer: over })), [parsed(over)], now)).toBe(false);
  });
});

test.each(['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])('%j is no certificate', (text) => {
  expect(parseCertificate(text)).toBeUndefined();
});
