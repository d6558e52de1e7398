import { X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { encrypt } from './libraries.ts';
import { element, type Xml } from './write.ts';

const encrypted = promisify(encrypt);

/** XML Encryption 1.1, for the key of a certificate (PEM). Within it the assertion stays as it was signed. */
export async function encryptedAssertion(assertion: Xml, pem: string): Promise<Xml> {
  const rsa_pub = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const xml = await encrypted(assertion.xml, {
    rsa_pub,
    pem,
    encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    disallowEncryptionWithInsecureAlgorithm: true,
  });
  return element('saml:EncryptedAssertion', {}, { xml });
}
