import { emailProblem } from '../../accounts/email.ts';
import type { Upstream } from '../../tenants/settings/upstreams.ts';
import { domainOf } from './trust.ts';

/** The mail domain, in ASCII, of what somebody typed to say who they are. */
export function domainOfTyped(identifier: string): string | undefined {
  const typed = identifier.trim().normalize('NFKC');
  return emailProblem(typed) === undefined ? domainOf(typed) : undefined;
}

/** Where somebody who typed this identifier is to sign in: the connection of its mail domain, if there is one. */
export function upstreamFor(settings: { upstreams: readonly Upstream[] }, identifier: string): Upstream | undefined {
  const domain = domainOfTyped(identifier);
  return domain === undefined
    ? undefined
    : settings.upstreams.find(({ enabled, domains }) => enabled && domains.includes(domain));
}
