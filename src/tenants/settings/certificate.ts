import { type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';

export const isStrongRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;

/** An X.509 certificate in PEM for a key that is fit (`isFit`): `what` says for which. Nothing but its key counts. */
export const certificateFor = (isFit: (key: KeyObject) => boolean, what: string) =>
  z
    .string()
    .max(16_384)
    .refine((pem) => {
      try {
        return isFit(new X509Certificate(pem).publicKey);
      } catch {
        return false;
      }
    }, `must be an X.509 certificate in PEM, for ${what}`);
