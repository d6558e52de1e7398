import type { ClientRecord } from './record.ts';
import type { StoredSecret } from './secret.ts';

/** Seconds for which the secret before is good after a rotation, where nobody says otherwise: time to tell all servers. */
export const OVERLAP = 86_400;

/** The longest overlap, in seconds. */
export const MAX_OVERLAP = 90 * 86_400;

type SecretFields = Pick<ClientRecord, 'secret' | 'secretExpires' | 'previous'>;
type Before = SecretFields & Pick<ClientRecord, 'registration'>;

/**
 * The fields that say of a client that `secret` takes the place of the one before, which stays good for `overlap` seconds,
 * but never for longer than it was to be. A still older one ends now.
 */
export function succession(before: Before, secret: StoredSecret, overlap: number, now: number): SecretFields {
  const ttl = before.registration?.secretTtl;
  const until = Math.min(now + overlap * 1000, before.secretExpires ?? Number.POSITIVE_INFINITY);
  return {
    secret,
    ...(ttl !== undefined && { secretExpires: now + ttl * 1000 }),
    ...(before.secret && until > now && { previous: { secret: before.secret, until } }),
  };
}

/** The fields that are there when the secret stays. */
export const sameSecret = ({ secret, secretExpires, previous }: Before): SecretFields => ({
  ...(secret && { secret }),
  ...(secretExpires !== undefined && { secretExpires }),
  ...(previous && { previous }),
});
