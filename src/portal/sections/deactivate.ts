import type { Accounts } from '../../accounts/accounts.ts';
import { type FieldError, isTicked } from '../../http/fields.ts';
import type { Page } from '../../http/page.ts';
import type { Section } from '../visit.ts';

const PATH = '/account/deactivate';

/** The account is put to rest: its user comes back by way of the mailbox. */
export function deactivateSection({ accounts }: { accounts: Pick<Accounts, 'setStatus'> }): Section {
  const page = async (errors: FieldError[] = []): Promise<Page> => ({
    view: 'portal/deactivate',
    data: { title: 'portal.deactivate.title', errors },
  });

  return {
    path: PATH,
    isSensitive: true,
    pages: { '': () => page() },
    forms: {
      async ''({ tenant, user }, form) {
        if (!isTicked(form, 'sure'))
          return { page: await page([{ field: 'sure', message: 'portal.deactivate.unsure' }]) };
        await accounts.setStatus(tenant, user.id, 'deactivated');
        return { page: { view: 'portal/deactivated' } };
      },
    },
  };
}
