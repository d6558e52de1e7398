import { domainToASCII } from 'node:url';
import { hasHidden } from './text.ts';

const SPECIALS = /[\s"(),:;<>[\\\]]/;

/**
 * Whether a text is one bare address (RFC 5321 4.1.2 without quoted local parts and address literals), in any script. None of
 * these has a character that could end a header or a command early, or make two addresses of one.
 */
export function isMailbox(text: string): boolean {
  const [local = '', domain = '', more] = text.split('@');
  return (
    more === undefined &&
    Buffer.byteLength(text) <= 254 &&
    local.length >= 1 &&
    local.length <= 64 &&
    !SPECIALS.test(text) &&
    !hasHidden(text) &&
    domainToASCII(domain) !== ''
  );
}
