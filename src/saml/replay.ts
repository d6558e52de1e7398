import type { Tenant } from '../tenants/tenant.ts';
import { LIFETIME, SKEW } from './messages/envelope.ts';
import { refuseSaml } from './refusal.ts';
import type { ServiceProvider } from './service-provider.ts';

/** Seconds: no message is taken at a greater age, by whatever clock. */
const KEPT = (LIFETIME + 2 * SKEW) / 1000;

/** Error `saml_refused` for an ID of this service provider that came before. Last of all checks: others must not use it up. */
export async function refuseReplay({ store }: Tenant, { id }: ServiceProvider, messageId: string): Promise<void> {
  if (!(await store.artifacts.once(`saml ${id} ${messageId}`, KEPT))) refuseSaml('the message was taken already');
}
