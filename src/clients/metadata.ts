const words = (text: string) => text.trim().split(/\s+/);

/**
 * Metadata that has an effect here, by its standard name. Anything else is refused rather than ignored: a client that asks for
 * signed requests, say, must not believe that it has them. When the protocol core is given a new feature, its names
 * come here.
 *
 * Own: `skip_consent`, for first-party clients, whose users are not asked, `authentication_policy`, what a sign-in to
 * the client takes over what its tenant asks, `require_pkce`, `resource_scopes`, the APIs and their scopes that the client
 * may have tokens for, `token_exchange`, what it may get for tokens of users, `may_act`, who alone may act for its users,
 * `native_sso`, for applications that share their sign-ins on a device,
 * `untrusted`, for others' clients, about which users are warned, and `saml`, of a service provider. `software_id`, `software_version` and
 * `client_id_issued_at` are for the reader alone (RFC 7591 2, 3.2.1).
 */
const OFFERED: ReadonlySet<string> = new Set(
  words(`
    application_type client_name client_uri contacts logo_uri policy_uri tos_uri software_id software_version
    redirect_uris post_logout_redirect_uris initiate_login_uri response_types response_modes grant_types scope
    subject_type sector_identifier_uri default_max_age default_acr_values require_auth_time
    jwks jwks_uri token_endpoint_auth_method token_endpoint_auth_signing_alg id_token_signed_response_alg
    userinfo_signed_response_alg dpop_bound_access_tokens require_pushed_authorization_requests skip_consent authentication_policy
    backchannel_token_delivery_mode backchannel_client_notification_endpoint
    backchannel_authentication_request_signing_alg
    require_pkce resource_scopes authorization_details_types untrusted client_id_issued_at token_exchange may_act native_sso saml
    require_signed_request_object request_object_signing_alg request_object_encryption_alg request_object_encryption_enc
    userinfo_encrypted_response_alg userinfo_encrypted_response_enc
    id_token_encrypted_response_alg id_token_encrypted_response_enc
    authorization_signed_response_alg authorization_encrypted_response_alg authorization_encrypted_response_enc
    introspection_signed_response_alg introspection_encrypted_response_alg introspection_encrypted_response_enc
    tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip
    tls_client_auth_san_email tls_client_certificate_bound_access_tokens use_mtls_endpoint_aliases
    backchannel_logout_uri backchannel_logout_session_required
    frontchannel_logout_uri frontchannel_logout_session_required
  `),
);

/** What a standard name that is not offered yet asks for. */
const NOT_OFFERED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'request objects by reference (pushed authorization requests, RFC 9126, stand for them)': 'request_uris',
    'codes of users for backchannel authentication (CIBA)': 'backchannel_user_code_parameter',
  }).flatMap(([feature, names]) => words(names).map((name) => [name, feature] as const)),
);

/** What the registration endpoint says to clients that register themselves (RFC 7591 3.2.1), or is told there alone. */
const AT_REGISTRATION: ReadonlySet<string> = new Set(
  words('registration_access_token registration_client_uri client_secret_expires_at software_statement'),
);

/** What only who runs the tenant may say of a client, never the client itself. */
export const OF_OPERATOR: readonly string[] = words(
  'skip_consent authentication_policy require_pkce untrusted resource_scopes token_exchange may_act native_sso client_id_issued_at saml',
);

/** Names that may be given in more languages, as `client_name#de` (OpenID Connect Dynamic Client Registration 1.0, 2.1). */
const TAGGED = /^(client_name|client_uri|logo_uri|policy_uri|tos_uri)#[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/;

/** The name without its language. */
export const untagged = (name: string): string => TAGGED.exec(name)?.[1] ?? name;

/** Whether the name means something, be it offered or not. */
export const isKnown = (name: string): boolean => OFFERED.has(untagged(name)) || NOT_OFFERED.has(name);

/** Why this field cannot be kept, or undefined. What is not offered may be there as long as it asks for nothing. */
export function fieldProblem(name: string, value: unknown): string | undefined {
  if (OFFERED.has(untagged(name))) return undefined;
  const asksNothing = value === false || value === 0 || (Array.isArray(value) && value.length === 0);
  if (AT_REGISTRATION.has(name))
    return asksNothing ? undefined : 'is for clients that register themselves (RFC 7591): leave it out';
  const feature = NOT_OFFERED.get(name);
  if (!feature) return `is not known; known are ${[...OFFERED].join(', ')}`;
  return asksNothing ? undefined : `asks for ${feature}, which this version does not offer: leave it out`;
}
