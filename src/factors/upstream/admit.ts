import type { Accounts } from '../../accounts/accounts.ts';
import type { User } from '../../accounts/record.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Origin } from '../origin.ts';
import { decideLink, type LinkDecision, type LinkRefusal } from './decide-link.ts';
import type { UpstreamIdentity } from './identity.ts';
import type { Linking } from './linking.ts';
import { type Link, linkOf, linkRecords, linksOf } from './links.ts';

/** What comes of an identity: somebody may go on as the account, something is to be proven first, or nothing. */
export type Admission =
  | { action: 'signed_in'; accountId: string; how: 'known' | 'linked' | 'claimed' | 'created' }
  | { action: 'ask_to_prove'; accountId: string }
  | { action: 'prove_email'; email: string }
  | { action: 'refused'; reason: LinkRefusal };

type Deps = {
  accounts: Accounts;
  linking: Linking;
  /** Takes from an account all that lets somebody in besides a password. */
  removeFactors: (tenant: Tenant, accountId: string) => Promise<unknown>;
};

/** Decides by what is stored, and does it. Error `already_exists` when another sign-in of the same user was faster. */
export async function admit(
  { accounts, linking, removeFactors }: Deps,
  tenant: Tenant,
  identity: UpstreamIdentity,
  emailProven: boolean,
  origin: Origin,
): Promise<Admission> {
  const upstream = tenant.settings.upstreams.find(({ id }) => id === identity.upstreamId);
  if (!upstream) return { action: 'refused', reason: 'disabled' };
  const link = await linkOf(tenant, identity);
  const linked = link && (await holderOf(link));
  const byEmail = identity.email ? await accounts.findByIdentifier(tenant, identity.email) : undefined;
  const decision = decideLink({
    upstream,
    identity,
    linked: linked && asHolder(linked),
    byEmail: byEmail && { ...asHolder(byEmail), linkedToOther: await hasLinkAt(byEmail.id) },
    emailProven,
  });
  return carryOut(decision);

  /** A link outlives its account where a removal was cut short: it is nobody's then. */
  async function holderOf({ id, accountId, version }: Stored<Link>): Promise<Stored<User> | undefined> {
    const user = await accounts.get(tenant, accountId);
    if (!user) await linkRecords(tenant).delete(id, version);
    return user;
  }

  async function hasLinkAt(accountId: string): Promise<boolean> {
    return (await linksOf(tenant, accountId)).some(({ upstreamId }) => upstreamId === identity.upstreamId);
  }

  async function carryOut(decision: LinkDecision): Promise<Admission> {
    switch (decision.action) {
      case 'refuse':
        return { action: 'refused', reason: decision.reason };
      case 'sign_in':
        await linking.refresh(tenant, link!, identity);
        return { action: 'signed_in', accountId: decision.accountId, how: 'known' };
      case 'link':
        await linking.link(tenant, decision.accountId, identity, origin);
        return { action: 'signed_in', accountId: decision.accountId, how: 'linked' };
      case 'claim':
        await removeFactors(tenant, decision.accountId);
        await accounts.claim(tenant, decision.accountId);
        await linking.link(tenant, decision.accountId, identity, origin);
        return { action: 'signed_in', accountId: decision.accountId, how: 'claimed' };
      case 'create': {
        const { id } = await accounts.create(tenant, {
          ...identity.claims,
          email: identity.email!,
          email_verified: true,
          roles: identity.roles ?? [],
          ...(upstream?.organization && { organizations: [{ id: upstream.organization }] }),
          signUp: 'upstream',
        });
        await linking.attach(tenant, id, identity, origin);
        return { action: 'signed_in', accountId: id, how: 'created' };
      }
      default:
        return decision;
    }
  }
}

const asHolder = ({ id, status, email_verified }: Stored<User>) => ({
  id,
  active: status === 'active',
  emailVerified: email_verified,
});
