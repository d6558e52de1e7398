import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { protocolOf } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';

const { Check } = interactionPolicy;

/** The scope that asks for a device secret (OpenID Connect Native SSO for Mobile Apps 1.0, 3.1). */
export const DEVICE_SSO = 'device_sso';

export const offersNativeSso = ({ settings }: Pick<Tenant, 'settings'>): boolean => protocolOf(settings).native_sso;

/** Whether an application is one of those that share their sign-ins, by its metadata. */
export const sharesSignIns = (client: object | undefined): boolean =>
  client !== undefined && Reflect.get(client, 'native_sso') === true;

/** Before anybody is asked for what the client may not have. */
export const deviceSsoCheck = () =>
  new Check('device_sso', 'the client may not ask for device_sso', ({ oidc }: KoaContextWithOIDC) => {
    if (oidc.requestParamScopes.has(DEVICE_SSO) && !sharesSignIns(oidc.client))
      throw new errors.InvalidScope('device_sso is for clients with native_sso', DEVICE_SSO);
    return Check.NO_NEED_TO_PROMPT;
  });
