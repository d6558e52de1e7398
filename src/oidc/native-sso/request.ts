import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../tenants/tenant.ts';
import { TOKEN_TYPE } from '../token-types.ts';

const { InvalidRequest, InvalidTarget } = errors;

export type NativeSsoRequest = { idToken: string; deviceSecret: string; resource: string | undefined };

/** Whether a token exchange is one of Native SSO: nothing else has a device secret for its actor. */
export const isNativeSso = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc.params?.actor_token_type === TOKEN_TYPE.deviceSecret;

/**
 * What is asked for (Native SSO 4.2), as far as the request alone tells whether it makes sense. Errors `invalid_request`,
 * `invalid_target`.
 */
export function nativeSsoRequest({ issuer }: Pick<Tenant, 'issuer'>, { oidc }: KoaContextWithOIDC): NativeSsoRequest {
  const params = oidc.params as Record<string, string | string[] | undefined>;
  const { subject_token, subject_token_type, actor_token, requested_token_type, audience, resource } = params;
  if (subject_token_type !== TOKEN_TYPE.id)
    throw new InvalidRequest(`with a device secret, subject_token_type must be ${TOKEN_TYPE.id}`);
  if (requested_token_type !== undefined && requested_token_type !== TOKEN_TYPE.access)
    throw new InvalidRequest(`requested_token_type must be ${TOKEN_TYPE.access}: what else there is comes with it`);
  if (typeof subject_token !== 'string') throw new InvalidRequest('subject_token is missing');
  if (typeof actor_token !== 'string') throw new InvalidRequest('actor_token is missing');
  const [meant, ...others] = [audience ?? []].flat();
  if (meant !== issuer || others.length > 0) throw new InvalidTarget(`audience must be the issuer, ${issuer}`);
  const [api, ...more] = [...new Set([resource ?? []].flat())];
  if (more.length > 0) throw new InvalidTarget('ask for one resource at a time');
  return { idToken: subject_token, deviceSecret: actor_token, resource: api };
}
