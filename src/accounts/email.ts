import { domainToASCII } from 'node:url';
import { invalidInput } from '../core/errors.ts';
import { hasHidden } from '../core/text.ts';
import { folded } from './folded.ts';

/**
 * By what an e-mail address is unique and found: the local part folded, the domain in ASCII (UTS 46, which folds too).
 * Only for finding: mail goes to the address as it was given. Error `invalid_input`.
 */
export function emailKey(email: string): string {
  const problem = emailProblem(email);
  if (problem) throw invalidInput(`the e-mail address ${problem}`, [{ pointer: '/email', message: problem }]);
  const [local = '', domain = ''] = email.split('@');
  return `${folded(local)}@${domainToASCII(domain)}`;
}

/** Why this is no e-mail address, or undefined. Quoted local parts and address literals are not accepted. */
export function emailProblem(email: unknown): string | undefined {
  if (typeof email !== 'string' || Buffer.byteLength(email) > 254) return 'must be a text of at most 254 bytes';
  if (hasHidden(email) || /\s/.test(email)) return 'must not have control, invisible or space characters';
  // Compatibility forms count as what they stand for: a full-width "@" must not smuggle in a second one.
  if (email.split('@').length !== 2 || email.normalize('NFKC').split('@').length !== 2) return 'must have one "@"';
  const [local = '', domain = ''] = email.split('@');
  if (
    local.length > 64 ||
    !/^[^"(),:;<>[\\\]]{1,64}$/.test(local.normalize('NFKC')) ||
    /\s/.test(local.normalize('NFKC'))
  )
    return 'must have before the "@" 1 to 64 characters, none of "(),:;<>[\\]';
  // Outside ASCII the mapping decides; within it nothing that a URL parser would take for more than a name.
  if (/[^A-Za-z0-9.\u0080-\u{10ffff}-]/u.test(domain) || !isHostname(domainToASCII(domain)))
    return 'must have a host name after the "@"';
  return undefined;
}

/** RFC 1123 2.1, and not all digits at its end, which is an IP address. */
const isHostname = (name: string) =>
  name.length <= 253 &&
  name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
  !/(^|\.)\d+$/.test(name);
