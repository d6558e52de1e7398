import { randomSecret } from '../core/ids.ts';

/** Which process, and which of its requests: unique, and made in no time. Secret it is not: people read it out. */
const boot = randomSecret(64);
let count = 0;

export function newRequestId(): string {
  count += 1;
  return `${boot}-${count.toString(36)}`;
}
