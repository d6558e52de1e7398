import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { signature, signed } from '../../../test/support/fake-saml.ts';
import { selfSigned } from '../../core/self-signed.ts';
import { parseXml } from './read.ts';
import { signedXml } from './sign.ts';
import { signedText } from './verify.ts';
import { element } from './write.ts';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const certified = (key = pair()) => ({ key, pem: selfSigned(key, { name: 'sp', from: 0, until: 1000 }) });
const [one, two] = [certified(), certified()];

const NS = 'xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"';
const message = (inside = '') =>
  `<p:AuthnRequest ${NS} ID="_a"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">sp</saml:Issuer>${inside}</p:AuthnRequest>`;

test('what was signed is given back, without the signature', () => {
  expect(signedText(signed(message(), '_a', one.key), [one.pem])).toBe(message());
});

test('any of several keys will do', () => {
  expect(signedText(signed(message(), '_a', two.key), [one.pem, two.pem])).toBe(message());
  expect(() => signedText(signed(message(), '_a', two.key), [one.pem])).toThrow('not good');
  expect(() => signedText(signed(message(), '_a', two.key), [])).toThrow('not good');
});

test('white space and prefixes are no matter', () => {
  const text = signed(message(), '_a', one.key).replace('<saml:Issuer', '<saml:Issuer  ');
  expect(parseXml(signedText(text, [one.pem])).attributes.ID).toBe('_a');
});

test.each(['prime256v1', 'secp384r1'])('ECDSA on %s', (namedCurve) => {
  // How the certificate itself is signed does not count.
  const { key, pem } = certified(generateKeyPairSync('ec', { namedCurve }).privateKey);
  const text = signed(message(), '_a', key);
  expect(text).toContain('ecdsa-sha256');
  expect(signedText(text, [one.pem, pem])).toBe(message());
  expect(() => signedText(text, [one.pem])).toThrow('not good');
  expect(() => signedText(text.replace('>sp<', '>xx<'), [pem])).toThrow('not good');
});

test('what we sign we find good', () => {
  const jwk = one.key.export({ format: 'jwk' });
  const key = { kid: 'k', state: 'current' as const, activeFrom: 0, certificate: one.pem, jwk: jwk as never };
  const xml = element(
    'p:AuthnRequest',
    { 'xmlns:p': 'urn:p', ID: '_x', Text: 'a"b<c>&\n' },
    element('saml:Issuer', { 'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion' }, 'a & b <c>\r\n\u0001é\u{1f600}'),
  );
  const text = signedXml(key, xml).xml;
  const again = parseXml(signedText(text, [one.pem]));
  expect(again.attributes.Text).toBe('a"b<c>&\n');
  expect(again.children[0]!.text).toBe('a & b <c>\r\né\u{1f600}');
});

describe('the form of a signature', () => {
  const sig = signature(message(), '_a', one.key);
  test.each<[string, string]>([
    ['none', message()],
    ['within another element', message(`<p:Extensions>${sig}</p:Extensions>`)],
    ['two', message(sig + sig)],
    ['with an object', message(sig.replace('</ds:Signature>', '<ds:Object></ds:Object></ds:Signature>'))],
    [
      'out of order',
      message(sig.replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)(<ds:SignatureValue>.*<\/ds:SignatureValue>)/, '$2$1')),
    ],
    ['without the root’s ID', message(sig).replace(' ID="_a"', '')],
  ])('%s', (_name, text) => {
    expect(() => signedText(text, [one.pem])).toThrow(expect.objectContaining({ code: 'saml_refused' }));
  });
});
