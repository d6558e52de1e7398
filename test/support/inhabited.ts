import type { Services } from '../../src/services.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TenantInput } from '../../src/tenants/tenants.ts';
import { USER } from './raw-client.ts';
import { PASSWORD, webClient } from './relying-party.ts';

/** The API that tokens of the scope `read` are for: JWTs at one address, opaque ones at the other. */
export const JWT_API = 'https://jwt.api.example';
export const OPAQUE_API = 'https://opaque.api.example';

/** A tenant with the user `USER`, the clients `web` and `service`, and two APIs. */
export async function inhabited(
  { services }: { services: Services },
  id: string,
  settings: TenantInput['settings'] = {},
): Promise<Tenant> {
  await services.tenants.create({
    id,
    name: id,
    settings: {
      signing: { algorithms: ['ES256'] },
      resources: [
        { indicator: JWT_API, scopes: ['read', 'write'] },
        { indicator: OPAQUE_API, scopes: ['read', 'write'], access_token_format: 'opaque' },
      ],
      ...settings,
    },
  });
  const tenant = (await services.resolver.byId(id))!;
  const { clients, accounts } = services;
  await clients.create(tenant, webClient('web'));
  await clients.create(
    tenant,
    webClient('service', {
      redirect_uris: [],
      post_logout_redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      scope: 'read',
    }),
  );
  await accounts.create(tenant, { email: USER, email_verified: true, password: PASSWORD, name: 'Ada Lovelace' });
  return tenant;
}
