import { type ClientMetadata, errors } from 'oidc-provider';
import type { Tenant } from '../../tenants/tenant.ts';

/** Metadata of our own, beside those that the core knows. */
export const OWN_METADATA = [
  'resource_scopes',
  'token_exchange',
  'may_act',
  'native_sso',
  'skip_consent',
  'api_scope',
  'authentication_policy',
  'require_pkce',
  'untrusted',
  'unused_expiry',
  'saml_acs_uri',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
];

export function checkOwnMetadata(_ctx: unknown, key: string, value: unknown, metadata: ClientMetadata): void {
  if (key !== 'skip_consent' && key !== 'untrusted') return;
  if (value === undefined) (metadata as Record<string, unknown>)[key] = false;
  else if (typeof value !== 'boolean') throw new errors.InvalidClientMetadata(`${key} must be a boolean`);
}

/** What discovery says: the endpoint is one of our own (`registrar/`), over our own records. */
export const saidOfRegistration = ({ issuer, settings }: Pick<Tenant, 'issuer' | 'settings'>) => ({
  registration_endpoint: settings.protocol.client_registration.mode === 'off' ? undefined : `${issuer}/reg`,
});
