import type { Mail } from '../mail/mail.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { addressee } from './addressee.ts';
import { NOBODY, OVER } from './nobody.ts';
import { pageUrl } from './pages.ts';
import type { Answer, Codes, From } from './ports.ts';
import type { User } from './record.ts';

type Link = Parameters<Codes['sendLink']>[1];

/** That a mailbox is theirs who ask, without telling them whether it has an account already: only its owner hears that. */
export function createMailboxProof({ codes, mail }: { codes: Codes; mail: Mail }) {
  /** That somebody gave the address. Where it is nobody's the same work is done, so that time does not tell. */
  async function tellOwner(tenant: Tenant, owner: Stored<User> | undefined, { locale }: From): Promise<void> {
    const pages = { signInLink: pageUrl(tenant, 'sign_in'), resetLink: pageUrl(tenant, 'forgot') };
    await mail.send(tenant, {
      template: 'account_exists',
      ...(owner ? addressee(owner, locale) : { to: NOBODY, locale }),
      data: { ...pages, ...(!owner && OVER) },
    });
  }

  return {
    tellOwner,

    /** Queues two messages in any case: the code and nothing, or nothing and that there is an account already (`owner`'s). */
    async send(
      tenant: Tenant,
      { email, owner, ...link }: Omit<Link, 'to' | 'typed'> & { email: string; owner: Stored<User> | undefined },
    ) {
      const sent = await codes.sendLink(tenant, { ...link, to: owner ? undefined : email, typed: email });
      if (sent.ok) await tellOwner(tenant, owner, link.origin);
      return sent;
    },

    verify: (tenant: Tenant, asked: Pick<Link, 'purpose' | 'binding' | 'origin'>, answer: Answer) =>
      'code' in answer ? codes.verify(tenant, { ...asked, ...answer }) : codes.useLink(tenant, { ...asked, ...answer }),
  };
}
