import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import type { SamlKey } from '../../tenants/saml-keys.ts';
import { ENVELOPED, EXC_C14N, RSA_SHA256, SHA256 } from './algorithms.ts';
import { SignedXml } from './libraries.ts';
import type { Xml } from './write.ts';

const pems = new WeakMap<SamlKey, string>();

function pemOf(key: SamlKey): string {
  let pem = pems.get(key);
  if (!pem) {
    const opened = createPrivateKey({ key: key.jwk as JsonWebKey, format: 'jwk' });
    pem = opened.export({ type: 'pkcs8', format: 'pem' }) as string;
    pems.set(key, pem);
  }
  return pem;
}

/** The message with its signature in it, after the issuer, where the schemas want it. The root has an `ID`. */
export function signedXml(key: SamlKey, { xml }: Xml): Xml {
  const signer = new SignedXml({
    privateKey: pemOf(key),
    publicCert: key.certificate,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXC_C14N,
  });
  signer.addReference({ xpath: '/*', transforms: [ENVELOPED, EXC_C14N], digestAlgorithm: SHA256 });
  const location = { reference: "/*/*[local-name(.)='Issuer']", action: 'after' as const };
  signer.computeSignature(xml, { prefix: 'ds', location });
  return { xml: signer.getSignedXml() };
}

/** Of a message that goes by redirect, where its text is what is signed; in base64. */
export const signatureOf = (key: SamlKey, text: string): string =>
  sign('sha256', Buffer.from(text), pemOf(key)).toString('base64');
