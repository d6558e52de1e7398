import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { certified } from '../../test/support/certificate.ts';
import { networks } from '../core/networks.ts';
import { createClientCertificate } from './client-certificate.ts';

const { cert } = certified();
const { raw, fingerprint256 } = new X509Certificate(cert);
const base64 = raw.toString('base64');
const certificateOf = createClientCertificate({ isProxy: networks(['10.0.0.0/8']), header: 'client-cert' });
const request = (remoteAddress: string, value: string | undefined, name = 'client-cert') =>
  ({ socket: { remoteAddress }, headers: { [name]: value } }) as unknown as IncomingMessage;

test.each([
  ['RFC 9440', `:${base64}:`, true],
  ['bare base64', base64, true],
  ['percent-encoded PEM', encodeURIComponent(cert), true],
  ['nothing', undefined, false],
  ['an empty header', '', false],
  ['half a certificate', `:${base64.slice(0, 100)}:`, false],
  ['two certificates', `:${base64}:, :${base64}:`, false],
  ['a bad percent sign', '%', false],
  ['words', '(null)', false],
])('a trusted proxy says %s: %p', (_name, value, isThere) => {
  expect(certificateOf(request('10.1.2.3', value))?.fingerprint256).toBe(isThere ? fingerprint256 : undefined);
});

test.each([
  ['another header', '10.1.2.3', 'x-client-cert'],
  ['anybody else', '192.0.2.1', 'client-cert'],
])('%s says nothing', (_name, address, name) => {
  expect(certificateOf(request(address, `:${base64}:`, name))).toBeUndefined();
});

test('a connection with TLS says it itself, whatever the header says', () => {
  const secure = request('10.1.2.3', `:${base64}:`);
  Object.assign(secure.socket, { getPeerX509Certificate: () => undefined });
  expect(certificateOf(secure)).toBeUndefined();
});
