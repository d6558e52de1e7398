import type { InboxMessage } from '../../src/mail/inbox.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventually } from './eventually.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { PASSWORD, webClient } from './relying-party.ts';
import type { Page } from './user-agent.ts';

/** Where accounts are made, and got back, by their pages. */

export const ADA = 'ada@example.com';
export const NEW_PASSWORD = 'a quite different passphrase';

let count = 0;

/** A tenant that anybody may sign up at, with Ada and a client that asks for no consent. */
export async function accountsTenant(
  { tenant: make, services }: TestGatehouse,
  settings: TenantSettingsInput = {},
): Promise<Tenant> {
  count += 1;
  const tenant = await make({
    id: `accounts${count}`,
    settings: { signing: { algorithms: ['ES256'] }, registration: { who: 'anybody' }, ...settings },
  });
  const client = { skip_consent: true, client_uri: 'https://app.example.com/' };
  await services.clients.create(tenant, webClient('first-party', client));
  await services.accounts.create(tenant, { email: ADA, email_verified: true, password: PASSWORD });
  return tenant;
}

/** Where a link with those words leads. */
export function linkOn(page: Page, words: string): string {
  const [, href] = [...page.body.matchAll(/<a\b[^>]*\bhref="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)]
    .map(([, url = '', text = '']) => ['', url.replaceAll('&amp;', '&'), text] as const)
    .find(([, , text]) => text.includes(words)) ?? ['', ''];
  if (!href) throw new Error(`no link "${words}" on ${page.url} (${page.status}): ${page.body.slice(-1500)}`);
  return new URL(href, page.url).href;
}

/** The messages to an address, the newest last; with `template` those alone. */
export const mailsTo = async (
  { services }: TestGatehouse,
  tenant: Tenant,
  address: string,
  template?: string,
): Promise<InboxMessage[]> => {
  await services.courier.settle();
  return (await services.inbox!.list())
    .filter((one) => one.tenant === tenant.id && one.to === address && (!template || one.template === template))
    .reverse();
};

export const mailTo = (...which: Parameters<typeof mailsTo>): Promise<InboxMessage> =>
  eventually(async () => (await mailsTo(...which)).at(-1)!);

export const linkIn = ({ text }: InboxMessage): string => /http\S+token=\S+/.exec(text)![0];

export const eventsOf = async ({ services }: TestGatehouse, tenant: Tenant) =>
  (await services.audit.find(tenant.id, { limit: 1000 })).items;
