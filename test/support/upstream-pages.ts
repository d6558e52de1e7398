import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventually } from './eventually.ts';
import { startGatehouse, type TestGatehouse } from './gatehouse.ts';
import { codeIn } from './messages.ts';
import { PASSWORD, secretOf, webClient } from './relying-party.ts';
import { formsOf, type Page, to, type UserAgent } from './user-agent.ts';

type UpstreamInput = NonNullable<TenantSettingsInput['upstreams']>[number];

/** Where people go to other providers and come back: pages, as a browser without script meets them. */

/** A Gatehouse that may ask this machine. */
export const startWithUpstreams = (env: Record<string, string> = {}): Promise<TestGatehouse> =>
  startGatehouse({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128', ...env });

let count = 0;

/** A tenant with these upstreams, with Ada as its user. */
export async function tenantWith(
  gatehouse: TestGatehouse,
  upstreams: UpstreamInput[],
  settings: TenantSettingsInput = {},
): Promise<Tenant> {
  count += 1;
  const tenant = await gatehouse.tenant({
    id: `t${count}`,
    name: 'Acme Inc',
    settings: { signing: { algorithms: ['ES256'] }, ...settings, upstreams },
  });
  const { accounts, clients } = gatehouse.services;
  await clients.create(tenant, webClient('first-party', { skip_consent: true }));
  await accounts.create(tenant, { email: 'ada@example.com', email_verified: true, password: PASSWORD, name: 'Ada' });
  return tenant;
}

/** Makes `provider` an upstream of `tenant`: its settings there, and the client here. */
export async function connect(
  gatehouse: TestGatehouse,
  provider: Tenant,
  tenant: Pick<Tenant, 'issuer'>,
  more: Partial<UpstreamInput> = {},
): Promise<UpstreamInput> {
  const id = more.id ?? provider.id;
  const clientId = `${id}-of-${new URL(tenant.issuer).pathname.split('/').at(-1)}`;
  await gatehouse.services.clients.create(
    provider,
    webClient(clientId, {
      redirect_uris: [`${tenant.issuer}/upstream/${id}/callback`],
      post_logout_redirect_uris: [`${tenant.issuer}/upstream/${id}/signed-out`],
      skip_consent: true,
    }),
  );
  return {
    id,
    name: provider.name,
    type: 'oidc',
    issuer: provider.issuer,
    client_id: clientId,
    client_secret: secretOf(clientId),
    trust: { email_verified: 'claim' },
    ...more,
  };
}

/** Where a page goes on to by itself. */
export const goesOnTo = (page: Pick<Page, 'headers'>): string | undefined =>
  /^0; url=(.*)$/.exec(page.headers.get('refresh') ?? '')?.[1];

/** Presses the button of a provider, as far as the page that goes on there; `url`: where it goes. */
export async function press(agent: UserAgent, page: Page, upstream: string): Promise<{ page: Page; url: string }> {
  const next = await agent.submit(page, { upstream }, to('upstream'));
  return { page: next, url: goesOnTo(next) ?? '' };
}

export const hasForm = (page: Page, form: string): boolean => formsOf(page).some(to(form));

/** The newest of so many codes that the tenant sent to an address, to prove it. */
export async function codeTo({ services }: TestGatehouse, tenant: Tenant, email: string, count = 1): Promise<string> {
  const sent = async () =>
    (await services.inbox!.list()).filter(
      (message) => message.tenant === tenant.id && message.to === email && message.template === 'verify_email',
    );
  await eventually(async () => (await sent()).length >= count);
  return codeIn((await sent())[0]!);
}
