import type { Upstream } from '../../tenants/settings/upstreams.ts';
import type { UpstreamIdentity } from './identity.ts';
import { isAllowed } from './trust.ts';

/** An account of ours, as far as it matters here. */
export type Holder = { id: string; active: boolean; emailVerified: boolean };

export type LinkFacts = {
  upstream: Pick<Upstream, 'enabled' | 'allowed_domains' | 'linking' | 'provisioning'>;
  identity: Pick<UpstreamIdentity, 'email' | 'emailTrusted'>;
  /** The account that this very identity (issuer and subject) is linked to. */
  linked: Holder | undefined;
  /** The account that has the identity's e-mail address; and that it is linked to somebody else at this upstream. */
  byEmail: (Holder & { linkedToOther: boolean }) | undefined;
  /** Within this sign-in the user has proven to us that the address is theirs. */
  emailProven: boolean;
};

export type LinkRefusal =
  | 'disabled'
  | 'domain_not_allowed'
  | 'account_disabled'
  /** There is an account with the address, and it may not be linked. Told only to whom the address belongs. */
  | 'account_exists'
  | 'email_missing'
  /** Nobody's, and no account may be made of it. */
  | 'not_linked';

export type LinkDecision =
  | { action: 'sign_in' | 'link'; accountId: string }
  /** By any factor that the account has. */
  | { action: 'ask_to_prove'; accountId: string }
  /**
   * Somebody made the account without ever proving its address, and here is the address's owner: all that could sign in to it
   * is taken away before it is linked.
   */
  | { action: 'claim'; accountId: string }
  /** The address is proven. */
  | { action: 'create' }
  /** The same whether or not there is such an account: a stranger learns nothing. */
  | { action: 'prove_email'; email: string }
  | { action: 'refuse'; reason: LinkRefusal };

/** Whose account an identity of an upstream opens. Only issuer and subject name a person; an address names a mailbox. */
export function decideLink({ upstream, identity, linked, byEmail, emailProven }: LinkFacts): LinkDecision {
  const { email, emailTrusted } = identity;
  const { linking, provisioning } = upstream;

  if (!upstream.enabled) return refuse('disabled');
  if (!isAllowed(upstream, identity)) return refuse('domain_not_allowed');

  if (linked) return linked.active ? { action: 'sign_in', accountId: linked.id } : refuse('account_disabled');

  if (provisioning === 'none' && linking === 'never') return refuse('not_linked');
  if (!email) return refuse('email_missing');
  if (!emailTrusted && !emailProven) return { action: 'prove_email', email };

  // From here on the user may know what there is about the address: it is theirs.
  if (!byEmail) return provisioning === 'jit' ? { action: 'create' } : refuse('not_linked');
  if (!byEmail.active) return refuse('account_disabled');
  if (linking === 'never') return refuse('account_exists');
  const accountId = byEmail.id;
  if (!byEmail.emailVerified) return { action: 'claim', accountId };
  // An address that had another subject before has been given to somebody else since, or is told by two of them.
  const mayLink = linking === 'verified_email' && emailTrusted && !byEmail.linkedToOther;
  return mayLink ? { action: 'link', accountId } : { action: 'ask_to_prove', accountId };
}

const refuse = (reason: LinkRefusal): LinkDecision => ({ action: 'refuse', reason });
