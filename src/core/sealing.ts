import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { badConfig } from './errors.ts';

/**
 * AES-256-GCM. `context` is bound as additional data: a sealed value moved to another tenant or record does not open.
 * Returns `v1.<iv>.<tag>.<ciphertext>` in base64url.
 */
export function seal(key: Buffer, plain: Buffer | string, context: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return ['v1', iv.toString('base64url'), cipher.getAuthTag().toString('base64url'), body.toString('base64url')].join(
    '.',
  );
}

/** The plain bytes; throws `bad_config` when key, context or text do not belong together. */
export function open(key: Buffer, sealed: string, context: string): Buffer {
  const [version, iv, tag, body] = sealed.split('.');
  try {
    if (version !== 'v1' || !iv || !tag || body === undefined) throw new Error('not a sealed value');
    const authTag = Buffer.from(tag, 'base64url');
    // A shortened tag would weaken the proof (NIST SP 800-38D): Node accepts 4 to 16 bytes.
    if (authTag.length !== 16) throw new Error('tag of a wrong length');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
    decipher.setAAD(Buffer.from(context)).setAuthTag(authTag);
    return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]);
  } catch (cause) {
    throw badConfig(`cannot open the sealed ${context}: wrong master key, or a damaged value`, [], cause);
  }
}

/** A 256-bit key for one purpose out of another key (HKDF-SHA-256, RFC 5869). */
export const derive = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `gatehouse ${purpose}`, 32));
