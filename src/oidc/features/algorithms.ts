import type { Configuration } from 'oidc-provider';
import { isFapi, protocolOf } from '../../tenants/settings/protocol.ts';
import { FAPI_ALGS, SIGNING_ALGS } from '../../tenants/settings/signing.ts';
import type { TenantSettings } from '../../tenants/settings.ts';

const HMAC = ['HS256', 'HS384', 'HS512'];
/** RFC 7518 4.1. Of RSA the ones with padding that has no oracle; with a shared secret as key, where there is one. */
const KEY_WRAPS = [
  ...['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'],
  ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  ...['A128GCMKW', 'A192GCMKW', 'A256GCMKW', 'A128KW', 'A192KW', 'A256KW', 'dir'],
];
const CONTENT = ['A128CBC-HS256', 'A128GCM', 'A192CBC-HS384', 'A192GCM', 'A256CBC-HS512', 'A256GCM'];

/** What is signed by a private key, by clients or by us. */
export const asymmetricAlgs = (protocol: Parameters<typeof isFapi>[0]): typeof FAPI_ALGS | typeof SIGNING_ALGS =>
  isFapi(protocol) ? FAPI_ALGS : SIGNING_ALGS;

/**
 * Which algorithms clients may use and ask for, by what it is for. What we sign ourselves is bounded by the tenant's keys
 * as well. A shared secret signs what a client sends where the profile knows shared secrets, and ID tokens only in `compat`.
 */
export function enabledAlgorithms(settings: TenantSettings): Configuration['enabledJWA'] {
  const protocol = protocolOf(settings);
  const fapi = isFapi(protocol);
  const asymmetric = asymmetricAlgs(protocol);
  const sent = [...(fapi ? [] : HMAC), ...asymmetric];
  const answered = [...(protocol.profile === 'compat' ? HMAC : []), ...asymmetric];
  const wraps = fapi ? KEY_WRAPS.filter((alg) => /^(RSA|ECDH)/.test(alg)) : KEY_WRAPS;
  return {
    clientAuthSigningAlgValues: sent,
    requestObjectSigningAlgValues: sent,
    dPoPSigningAlgValues: asymmetric,
    idTokenSigningAlgValues: answered,
    userinfoSigningAlgValues: answered,
    introspectionSigningAlgValues: answered,
    authorizationSigningAlgValues: answered,
    idTokenEncryptionAlgValues: wraps,
    requestObjectEncryptionAlgValues: wraps,
    userinfoEncryptionAlgValues: wraps,
    introspectionEncryptionAlgValues: wraps,
    authorizationEncryptionAlgValues: wraps,
    idTokenEncryptionEncValues: CONTENT,
    requestObjectEncryptionEncValues: CONTENT,
    userinfoEncryptionEncValues: CONTENT,
    introspectionEncryptionEncValues: CONTENT,
    authorizationEncryptionEncValues: CONTENT,
  } as Configuration['enabledJWA'];
}
