import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ADA } from './accounts-stage.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { PASSWORD, webClient } from './relying-party.ts';
import { userAgent } from './stage.ts';
import type { Page, UserAgent } from './user-agent.ts';
import { to } from './user-agent.ts';

/** Where users look after their accounts. */

const UPSTREAM = {
  id: 'corp',
  name: 'Corp',
  type: 'oidc',
  issuer: 'https://corp.example',
  client_id: 'us',
  client_secret: 'a-secret-of-the-upstream',
} as const;

export type PortalTenant = { tenant: Tenant; ada: string; grace: string };

let count = 0;

/** A tenant with Ada and Grace, an application that asks for no consent, and all factors allowed. */
export async function portalTenant(
  { tenant: make, services }: TestGatehouse,
  { authentication, ...settings }: TenantSettingsInput = {},
): Promise<PortalTenant> {
  count += 1;
  const tenant = await make({
    id: `portal${count}`,
    name: 'Acme Inc',
    settings: {
      signing: { algorithms: ['ES256'] },
      sms: { countries: ['DE'] },
      upstreams: [UPSTREAM],
      authentication: { second_factors: ['passkey', 'totp', 'sms_code', 'recovery_code'], ...authentication },
      ...settings,
    },
  });
  const { accounts, clients } = services;
  await clients.create(tenant, webClient('first-party', { client_name: 'Paper Boat', skip_consent: true }));
  const create = async (email: string) =>
    (await accounts.create(tenant, { email, email_verified: true, password: PASSWORD })).id;
  return { tenant, ada: await create(ADA), grace: await create('grace@example.com') };
}

/** A page of the account, signed in to on the way by the password. */
export async function openAccount(
  { issuer }: Pick<Tenant, 'issuer'>,
  path = '',
  { identifier = ADA, agent = userAgent() }: { identifier?: string; agent?: UserAgent } = {},
): Promise<{ agent: UserAgent; page: Page }> {
  const page = await agent.get(`${issuer}/account${path}`);
  if (!page.url.includes('/interaction/')) return { agent, page };
  return { agent, page: await agent.submit(page, { identifier, password: PASSWORD }, to('login')) };
}

/** Links an identity of the upstream to the account; resolves to the link's id. */
export async function linkUpstream(
  { services }: TestGatehouse,
  { tenant }: Pick<PortalTenant, 'tenant'>,
  accountId: string,
): Promise<string> {
  await services.upstreams.link(tenant, accountId, {
    upstreamId: UPSTREAM.id,
    issuer: UPSTREAM.issuer,
    subject: `s-${accountId}`,
    email: 'ada@corp.example',
    emailTrusted: false,
    claims: {},
    proof: { factor: 'upstream', at: 1, upstream: { id: UPSTREAM.id } },
  });
  return (await services.upstreams.list(tenant, accountId))[0]!.id;
}
