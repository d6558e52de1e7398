import { type KeyObject, verify } from 'node:crypto';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

/** What signatures may be made by: SHA-256 or better, and no shared secrets. By key type and hash. */
const SIGNATURES: Record<string, readonly ['rsa' | 'ec', string]> = {
  [`${MORE}rsa-sha256`]: ['rsa', 'sha256'],
  [`${MORE}rsa-sha384`]: ['rsa', 'sha384'],
  [`${MORE}rsa-sha512`]: ['rsa', 'sha512'],
  [`${MORE}ecdsa-sha256`]: ['ec', 'sha256'],
  [`${MORE}ecdsa-sha384`]: ['ec', 'sha384'],
  [`${MORE}ecdsa-sha512`]: ['ec', 'sha512'],
};

export const RSA_SHA256 = `${MORE}rsa-sha256`;
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const SHA512 = 'http://www.w3.org/2001/04/xmlenc#sha512';
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

export const SIGNATURE_ALGORITHMS: readonly string[] = Object.keys(SIGNATURES);
/** All that may stand in an attribute `Algorithm`: no transform that chooses what is signed. */
export const ALLOWED: ReadonlySet<string> = new Set([...SIGNATURE_ALGORITHMS, SHA256, SHA512, EXC_C14N, ENVELOPED]);

/** Whether one of the keys has made it, by an algorithm that is allowed and is for keys of its kind. */
export function isSignedBy(
  keys: readonly KeyObject[],
  { algorithm, signature, data }: { algorithm: string; signature: Buffer; data: Buffer },
): boolean {
  const [type, hash] = SIGNATURES[algorithm] ?? [];
  return keys.some(
    (key) => key.asymmetricKeyType === type && verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature),
  );
}
