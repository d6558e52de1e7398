import { domainToASCII } from 'node:url';
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';

// Read at the first question.
let domains: Set<string> | undefined;

/** Whether an address, or its domain, is of a throw-away mail service, or of a name below one. */
export function isDisposable(email: string): boolean {
  domains ??= disposableEmailBlocklistSet();
  const labels = domainToASCII(email.slice(email.lastIndexOf('@') + 1)).split('.');
  return labels.some((_, i) => domains!.has(labels.slice(i).join('.')));
}
