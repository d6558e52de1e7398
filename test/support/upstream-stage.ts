import { createAccounts } from '../../src/accounts/accounts.ts';
import { createGuardedFetch } from '../../src/core/guarded-fetch.ts';
import { networks } from '../../src/core/networks.ts';
import { checked } from '../../src/core/validate.ts';
import type { Notice } from '../../src/factors/notices.ts';
import { type Begin, createUpstreams, type Upstreams } from '../../src/factors/upstream/upstreams.ts';
import { type TenantSettingsInput, tenantSettings } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { FakeUpstream } from './fake-upstream.ts';
import { type TestTenants, twoTenants } from './tenants.ts';

type UpstreamInput = NonNullable<TenantSettingsInput['upstreams']>[number];

const BROWSER = 'cookie of the browser';

/** A tenant whose users may come from elsewhere. `hangs`: what will not be answered. Close `at.store` afterwards. */
export async function upstreamStage({ saml = true, hangs = (_url: string): boolean => false } = {}) {
  // The time of the fake upstream, so that tests may move both.
  const at = await twoTenants(() => Date.now());
  const notices: Notice[] = [];
  // Only what never answers is given up, on a slow machine too.
  const [hasty, patient] = [300, 60_000].map((ms) => createGuardedFetch(networks(['127.0.0.0/8']), undefined, ms)) as [
    typeof fetch,
    typeof fetch,
  ];
  const passwords = { check: async () => {}, hash: async () => 'hash', imported: (hash: unknown) => String(hash) };
  const accounts = createAccounts({ ...at, passwords });
  const upstreams: Upstreams = createUpstreams({
    ...at,
    accounts,
    notify: async (_tenant, _accountId, notice) => void notices.push(notice),
    fetch: (url, init) => (hangs(String(url)) ? hasty : patient)(url, init),
    removeFactors: (tenant, accountId) => upstreams.removeAll(tenant, accountId),
    saml,
  });

  /** Begins, lets the upstream sign its user in, and comes back. `bend` changes the parameters on the way. */
  async function signIn(
    tenant: Tenant,
    fake: FakeUpstream,
    {
      bend = () => {},
      upstreamId = 'acme',
      ...wishes
    }: Partial<Begin> & { bend?: (params: URLSearchParams) => void } = {},
  ) {
    const begun = await upstreams.begin(tenant, { upstreamId, binding: BROWSER, ...wishes });
    if (!begun.ok) return begun;
    const { searchParams: params } = fake.authorize(begun.url);
    bend(params);
    return upstreams.callback(tenant, { upstreamId, params, binding: BROWSER });
  }

  return { at, accounts, upstreams, notices, signIn };
}

export type UpstreamStage = Awaited<ReturnType<typeof upstreamStage>>;

/** The tenant `a` with these upstreams; secrets as they are given. */
export const withUpstreams = (at: TestTenants, ...upstreams: UpstreamInput[]): Tenant => ({
  ...at.a,
  settings: checked(tenantSettings, { ...at.a.settings, upstreams }),
  openSecret: (secret) => secret,
});

/** An upstream that is set up for the fake. */
export const oidcUpstream = (fake: FakeUpstream, more: Partial<UpstreamInput> = {}): UpstreamInput => ({
  id: 'acme',
  name: 'Acme',
  type: 'oidc',
  issuer: fake.issuer,
  client_id: 'gatehouse',
  client_secret: 'a secret: of the client',
  ...more,
});
