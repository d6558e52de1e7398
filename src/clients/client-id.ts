import { randomSecret } from '../core/ids.ts';

/** A random client_id. What begins with a dash would be taken for an option on a command line. */
export function newClientId(): string {
  const id = randomSecret(128);
  return id.startsWith('-') ? newClientId() : id;
}
