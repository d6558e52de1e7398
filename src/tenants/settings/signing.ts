import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { isFapi, type ProtocolSettings } from './protocol.ts';
import { SIGNING_ALGS, type SigningAlg } from './signing-algs.ts';

export { SIGNING_ALGS, type SigningAlg };

/** FAPI 1.0 Advanced 8.6, FAPI 2.0 Security Profile 5.4.1. */
export const FAPI_ALGS: readonly SigningAlg[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

export const signing = z
  .strictObject({
    algorithms: z
      .array(z.enum(SIGNING_ALGS))
      .min(1)
      .refine(isUnique, 'must not name one twice')
      .default(['RS256', 'ES256'])
      .describe('a key for each; the first is the default (with a FAPI profile the first that it permits)'),
    rotate_after_days: z.number().int().min(1).max(3650).default(90),
  })
  .prefault({});

/** What a tenant signs with, the default first. */
export function signingAlgsOf(settings: {
  signing: z.output<typeof signing>;
  protocol: ProtocolSettings;
}): [SigningAlg, ...SigningAlg[]] {
  const { algorithms } = settings.signing;
  return (isFapi(settings.protocol) ? algorithms.filter((alg) => FAPI_ALGS.includes(alg)) : algorithms) as [SigningAlg];
}

export const ENCRYPTION_ALGS = ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const;
export type EncryptionAlg = (typeof ENCRYPTION_ALGS)[number];

export const encryption = z
  .strictObject({
    algorithms: z
      .array(z.enum(ENCRYPTION_ALGS))
      .refine(isUnique, 'must not name one twice')
      .default([])
      .describe('a key for each, that clients may encrypt their request objects for; default: none'),
  })
  .prefault({});

export type KeyAlg = SigningAlg | EncryptionAlg;

/** What a tenant has keys for: to sign, the default first, and to decrypt what is sent to it. */
export const keyAlgsOf = (settings: {
  signing: z.output<typeof signing>;
  encryption: z.output<typeof encryption>;
}): KeyAlg[] => [...settings.signing.algorithms, ...settings.encryption.algorithms];
