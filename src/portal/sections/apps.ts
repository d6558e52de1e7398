import type { Clients } from '../../clients/clients.ts';
import { notFound } from '../../core/errors.ts';
import { consentItems } from '../../http/consent-items.ts';
import type { Allowed, Grants } from '../../privacy/grants.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Section } from '../visit.ts';

const PATH = '/account/apps';

/** What may use the account. To take it back makes nothing less safe: that needs no new proof. */
export function appsSection({
  clients,
  grants,
}: {
  clients: Pick<Clients, 'get'>;
  grants: Pick<Grants, 'list' | 'revoke'>;
}): Section {
  async function nameOf(tenant: Tenant, clientId: string): Promise<string> {
    const name = (await clients.get(tenant, clientId))?.metadata.client_name;
    return typeof name === 'string' ? name : clientId;
  }

  const describe = async (tenant: Tenant, { clientId, since, ...allowed }: Allowed) => ({
    clientId,
    name: await nameOf(tenant, clientId),
    since,
    ...consentItems(allowed, tenant),
  });

  return {
    path: PATH,
    isSensitive: false,
    pages: {
      async ''({ tenant, user }) {
        const apps = await Promise.all((await grants.list(tenant, user.id)).map((one) => describe(tenant, one)));
        return { view: 'portal/apps', data: { title: 'portal.apps.title', lead: 'portal.apps.lead', apps } };
      },
    },
    forms: {
      async '/remove'({ tenant, user, from: { ip, requestId } }, form) {
        const clientId = form.get('app') ?? '';
        const name = await nameOf(tenant, clientId);
        const isRevoked = await grants.revoke(tenant, user.id, clientId, { ip, requestId });
        if (!isRevoked) throw notFound('this application');
        return { done: { message: 'portal.apps.removed', values: { name } }, at: PATH };
      },
    },
  };
}
