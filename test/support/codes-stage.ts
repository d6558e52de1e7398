import { phonesRecord } from '../../src/factors/phone/record.ts';
import type { InboxMessage } from '../../src/mail/inbox.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventually } from './eventually.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { PASSWORD, webClient } from './relying-party.ts';
import { type Page, to, type UserAgent } from './user-agent.ts';

export const ADA = 'ada@example.com';
/** Of Ada, in Germany. */
export const NUMBER = '+4915112340001';

type Authentication = NonNullable<TenantSettingsInput['authentication']>;

let count = 0;

/** A tenant with Ada, called `ada` too, whose address is verified, and a client that asks for no consent. */
export async function codesTenant(
  { tenant: make, services }: TestGatehouse,
  authentication: Authentication = {},
  more: TenantSettingsInput = {},
): Promise<Tenant> {
  count += 1;
  const tenant = await make({
    id: `codes${count}`,
    settings: { signing: { algorithms: ['ES256'] }, sms: { countries: ['DE'] }, authentication, ...more },
  });
  await services.clients.create(
    tenant,
    webClient('first-party', { skip_consent: true, client_uri: 'https://app.example.com/' }),
  );
  await services.accounts.create(tenant, { email: ADA, username: 'ada', email_verified: true, password: PASSWORD });
  return tenant;
}

export const adaOf = async ({ services }: TestGatehouse, tenant: Tenant) =>
  (await services.accounts.findByIdentifier(tenant, ADA))!.id;

const TEMPLATES = ['sign_in_code', 'sign_in_link', 'code'];

/** The codes and links that the tenant sends, one by one. */
export function messagesOf({ services }: TestGatehouse, tenant: Tenant) {
  const sent = async (): Promise<InboxMessage[]> =>
    (await services.inbox!.list())
      .filter((message) => message.tenant === tenant.id && TEMPLATES.includes(message.template))
      .reverse();
  let seen = 0;
  return {
    sent,
    async next(): Promise<InboxMessage> {
      await eventually(async () => (await sent()).length > seen);
      seen += 1;
      return (await sent())[seen - 1]!;
    },
  };
}

export const linkIn = ({ text }: InboxMessage): string => /http\S+\/link\?\S+/.exec(text)![0];

/** Ada has verified a number. */
export async function withNumber(gatehouse: TestGatehouse, tenant: Tenant, number = NUMBER): Promise<void> {
  const phone = { id: 'p1', number, verifiedAt: Date.now() };
  await tenant.store.records(phonesRecord).insert(await adaOf(gatehouse, tenant), { phones: [phone] });
}

/** Has a code or a link sent from the first page. */
export const ask = (agent: UserAgent, page: Page, method = 'email_code', identifier = ADA): Promise<Page> =>
  agent.submit(page, { identifier, method }, to('login'));

export const typeCode = (agent: UserAgent, page: Page, code: string): Promise<Page> =>
  agent.submit(page, { code }, to('sign-in-code'));
