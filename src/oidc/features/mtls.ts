import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import {
  altNames,
  distinguishedName,
  isIssuedBy,
  isSameAddress,
  parseCertificate,
  subjectOf,
} from '../../core/certificate.ts';
import type { Clock } from '../../core/clock.ts';
import type { ClientAuthMethod } from '../../tenants/settings/client-auth-methods.ts';
import type { Protocol } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** How the installation learns its callers' certificates. */
export type MutualTls = {
  /** The certificate by which the caller has proven a key on its connection, by our listener or a trusted proxy. */
  certificateOf(req: IncomingMessage): X509Certificate | undefined;
  /** The origin of the listener that asks for certificates, where it is not the issuer's own. */
  url?: string | undefined;
};

/** Client authentication methods that the tenant wants and the installation can do. */
export function authMethods(
  { client_auth_methods, certificate_authorities }: Protocol,
  mutualTls: MutualTls | undefined,
): ClientAuthMethod[] {
  return client_auth_methods.filter((method) => {
    if (method === 'tls_client_auth') return mutualTls !== undefined && certificate_authorities.length > 0;
    return method !== 'self_signed_tls_client_auth' || mutualTls !== undefined;
  });
}

/**
 * Client authentication by certificates and tokens bound to them (RFC 8705). Where the installation cannot do it no caller
 * has a certificate: a client whose tokens are to be bound gets none, rather than unbound ones.
 */
export function mutualTlsFeature(
  protocol: Protocol,
  mutualTls: MutualTls | undefined,
  clock: Clock,
): NonNullable<Configuration['features']>['mTLS'] {
  const certificateOf = ({ req }: KoaContextWithOIDC) => mutualTls?.certificateOf(req);
  const methods = authMethods(protocol, mutualTls);
  const authorities = protocol.certificate_authorities.flatMap((pem) => parseCertificate(pem) ?? []);
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: methods.includes('self_signed_tls_client_auth'),
    tlsClientAuth: methods.includes('tls_client_auth'),
    getCertificate: certificateOf,
    certificateAuthorized(ctx: KoaContextWithOIDC) {
      const certificate = certificateOf(ctx);
      return certificate !== undefined && isIssuedBy(certificate, authorities, clock());
    },
    certificateSubjectMatches(ctx: KoaContextWithOIDC, property: string, expected: string) {
      const certificate = certificateOf(ctx);
      return certificate !== undefined && (SUBJECTS[property]?.(certificate, expected) ?? false);
    },
  } as NonNullable<Configuration['features']>['mTLS'];
}

/** Whether a certificate is the one that a client has registered (RFC 8705 2.1.2), by the name of the metadata. */
const SUBJECTS: Record<string, (certificate: X509Certificate, expected: string) => boolean> = {
  tls_client_auth_subject_dn(certificate, expected) {
    const name = distinguishedName(expected);
    return name !== undefined && isDeepStrictEqual(subjectOf(certificate), name);
  },
  tls_client_auth_san_dns: (certificate, expected) =>
    altNames(certificate, 'dns').some((name) => name.toLowerCase() === expected.toLowerCase()),
  tls_client_auth_san_uri: (certificate, expected) => altNames(certificate, 'uri').includes(expected),
  tls_client_auth_san_ip: (certificate, expected) =>
    altNames(certificate, 'ip').some((address) => isSameAddress(address, expected)),
  tls_client_auth_san_email: (certificate, expected) => altNames(certificate, 'email').includes(expected),
};

/** Where callers with certificates go, by the names of discovery (RFC 8705 5). */
const ALIASED: [name: string, path: string][] = [
  ['token_endpoint', '/token'],
  ['revocation_endpoint', '/token/revocation'],
  ['introspection_endpoint', '/token/introspection'],
  ['userinfo_endpoint', '/me'],
  ['pushed_authorization_request_endpoint', '/request'],
  ['device_authorization_endpoint', '/device/auth'],
  ['backchannel_authentication_endpoint', '/backchannel'],
  ['registration_endpoint', '/reg'],
];

/** The core says so whenever it looks for certificates; where the installation never sees one that is not so. */
export function sayNoBoundTokens(mutualTls: MutualTls | undefined) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (!mutualTls && ctx.oidc?.route === 'discovery')
      delete (ctx.body as { tls_client_certificate_bound_access_tokens?: boolean })
        .tls_client_certificate_bound_access_tokens;
  };
}

/** What stands in the place of the issuer where callers with certificates go; undefined where that is the issuer. */
export const aliasBase = ({ id }: Pick<Tenant, 'id'>, mutualTls: MutualTls | undefined): string | undefined =>
  mutualTls?.url && `${mutualTls.url}/t/${id}`;

/** What discovery says of it. */
export function saidOfMutualTls(tenant: Tenant, mutualTls: MutualTls | undefined): Record<string, unknown> {
  const base = aliasBase(tenant, mutualTls);
  if (!base) return {};
  const { settings } = tenant;
  const { device_authorization, ciba, client_registration } = settings.protocol;
  const isOffered: Record<string, boolean> = {
    '/device/auth': device_authorization.enabled,
    '/backchannel': ciba.enabled,
    '/reg': client_registration.mode !== 'off',
  };
  const offered = ALIASED.filter(([, path]) => isOffered[path] ?? true);
  return {
    mtls_endpoint_aliases: Object.fromEntries(offered.map(([name, path]) => [name, base + path])),
  };
}
