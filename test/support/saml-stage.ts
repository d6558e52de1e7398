import type { ClientInput } from '../../src/clients/prepare.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { serviceProvider } from './saml-sp.ts';
import { type Stage, setStage } from './stage.ts';

type Event = { id: string; type: string; details?: Record<string, unknown> };

export type SamlStage = Stage & {
  sp: ReturnType<typeof serviceProvider>;
  /** Changes the client of a service provider, or makes it. */
  client(tenant: Tenant, input: ClientInput): Promise<void>;
  settings(tenant: Tenant, settings: TenantSettingsInput): Promise<Tenant>;
  events(tenant: Tenant, type?: string): Promise<Event[]>;
  /** Those that come of an act; whatever clock they go by. */
  eventsBy(tenant: Tenant, act: () => Promise<unknown>): Promise<Event[]>;
};

/** Two tenants that speak SAML, and a service provider of the first. */
export async function samlStage(): Promise<SamlStage> {
  const stage = await setStage({ GATEHOUSE_SAML: 'true' });
  const { services } = stage;

  async function settings({ id }: Tenant, more: TenantSettingsInput): Promise<Tenant> {
    const given = { signing: { algorithms: ['ES256' as const] }, saml: { enabled: true }, ...more };
    await services.tenants.change(id, { settings: given });
    return (await services.resolver.byId(id))!;
  }

  async function client(tenant: Tenant, input: ClientInput): Promise<void> {
    const isThere = await services.clients.get(tenant, input.client_id!);
    if (isThere) await services.clients.change(tenant, input.client_id!, input);
    else await services.clients.create(tenant, input);
  }

  const acme = await settings(stage.acme, {});
  const globex = await settings(stage.globex, {});
  const sp = serviceProvider(acme, 'hr');
  await client(acme, sp.client());
  async function events(tenant: Tenant, type?: string): Promise<Event[]> {
    const { items } = await services.audit.find(tenant.id, { limit: 1000 });
    return items.filter((event) => type === undefined || event.type === type) as Event[];
  }

  return {
    ...stage,
    acme,
    globex,
    sp,
    client,
    settings,
    events,
    async eventsBy(tenant, act) {
      const known = new Set((await events(tenant)).map(({ id }) => id));
      await act();
      // Mail leaves whenever it can, whatever is done meanwhile.
      return (await events(tenant)).filter(({ id, type }) => !known.has(id) && !type.startsWith('message.'));
    },
  };
}
