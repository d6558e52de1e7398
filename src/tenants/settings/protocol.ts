import { z } from 'zod';
import { parseCertificate } from '../../core/certificate.ts';
import { isUnique } from '../../core/validate.ts';
import { ciba } from './ciba.ts';
import { CLIENT_AUTH_METHODS, type ClientAuthMethod } from './client-auth-methods.ts';
import { clientIdDocuments } from './client-id-documents.ts';
import { clientRegistration } from './client-registration.ts';
import { deviceAuthorization } from './device-authorization.ts';
import { sharedSignals } from './shared-signals.ts';

/** What a tenant's protocol is like, before single switches. */
export const PROFILES = ['secure', 'fapi2', 'fapi1', 'compat'] as const;
export type Profile = (typeof PROFILES)[number];

/** What single clients may be released from, where their tenant allows it. */
export const LOOSENABLE = ['pkce_required', 'par_required', 'signed_requests_required', 'sender_constrained'] as const;
export type Loosenable = (typeof LOOSENABLE)[number];

const choice = (description: string) => z.boolean().optional().describe(`${description}; default: by the profile`);

export const protocol = z
  .strictObject({
    profile: z
      .enum(PROFILES)
      .default('secure')
      .describe(
        'secure: code with PKCE, no implicit; fapi2: FAPI 2.0 (pushed requests, tokens bound to a key, no shared secrets); fapi1: FAPI 1.0 Advanced; compat: whatever the standards permit',
      ),
    pkce_required: choice('S256 for every client'),
    par_required: choice('refuse authorization requests that were not pushed (RFC 9126)'),
    signed_requests_required: choice('refuse authorization requests that are not signed (RFC 9101)'),
    sender_constrained: choice('only tokens that are bound to a key of the client, by DPoP or mutual TLS'),
    implicit: choice('allow the response types that answer with tokens at the authorization endpoint'),
    client_auth_methods: z
      .array(z.enum(CLIENT_AUTH_METHODS))
      .min(1)
      .refine(isUnique, 'must not name one twice')
      .optional()
      .describe('how clients may authenticate; default: by the profile'),
    certificate_authorities: z
      .array(
        z
          .string()
          .refine((pem) => parseCertificate(pem)?.ca === true, 'must be the certificate of an authority, in PEM'),
      )
      .max(20)
      .default([])
      .describe('who may issue the certificates of clients that authenticate by tls_client_auth (RFC 8705)'),
    web_message: z
      .boolean()
      .default(false)
      .describe('offer the response mode web_message to clients that name it in response_modes'),
    dpop_nonce: z
      .boolean()
      .default(false)
      .describe('DPoP proofs must carry a nonce of ours (RFC 9449 8); clients get it with the refusal'),
    token_exchange: z
      .boolean()
      .default(false)
      .describe('offer token exchange (RFC 8693) to clients that have a policy for it'),
    native_sso: z
      .boolean()
      .default(false)
      .describe(
        'offer Native SSO for Mobile Apps to clients with `native_sso`: one sign-in for all of them on a device',
      ),
    grant_management: z
      .boolean()
      .default(false)
      .describe(
        'clients whose scope names grant_management_query or grant_management_revoke see and end what users have allowed them (Grant Management for OAuth 2.0)',
      ),
    clients_may_loosen: z
      .array(z.enum(LOOSENABLE))
      .default([])
      .describe('what single clients may be released from, by their own metadata'),
    device_authorization: deviceAuthorization,
    ciba,
    client_registration: clientRegistration,
    client_id_metadata_documents: clientIdDocuments,
    shared_signals: sharedSignals,
  })
  .prefault({});

export type ProtocolSettings = z.output<typeof protocol>;

/** With every choice made. */
export type Protocol = Required<ProtocolSettings>;

const ASYMMETRIC: ClientAuthMethod[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];

type Choices = Omit<
  Protocol,
  | 'profile'
  | 'certificate_authorities'
  | 'web_message'
  | 'dpop_nonce'
  | 'token_exchange'
  | 'native_sso'
  | 'grant_management'
  | 'clients_may_loosen'
  | 'device_authorization'
  | 'ciba'
  | 'client_registration'
  | 'client_id_metadata_documents'
  | 'shared_signals'
>;

const BY_PROFILE: Record<Profile, Choices> = {
  secure: {
    pkce_required: true,
    par_required: false,
    signed_requests_required: false,
    sender_constrained: false,
    implicit: false,
    client_auth_methods: [...CLIENT_AUTH_METHODS],
  },
  // FAPI 2.0 Security Profile 5.3.2.1.
  fapi2: {
    pkce_required: true,
    par_required: true,
    signed_requests_required: false,
    sender_constrained: true,
    implicit: false,
    client_auth_methods: ASYMMETRIC,
  },
  // FAPI 1.0 Advanced 5.2.2: signed requests; the ID token as a detached signature is one of the response types.
  fapi1: {
    pkce_required: false,
    par_required: false,
    signed_requests_required: true,
    sender_constrained: true,
    implicit: true,
    client_auth_methods: ASYMMETRIC,
  },
  compat: {
    pkce_required: false,
    par_required: false,
    signed_requests_required: false,
    sender_constrained: false,
    implicit: true,
    client_auth_methods: [...CLIENT_AUTH_METHODS],
  },
};

/** The single switches over what the profile says. */
export function protocolOf({ protocol: given }: { protocol: ProtocolSettings }): Protocol {
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...BY_PROFILE[given.profile], ...given, ...chosen } as Protocol;
}

/** Whether the FAPI profiles' rules for algorithms and lifetimes hold. */
export const isFapi = ({ profile }: { profile: Profile }): boolean => profile === 'fapi2' || profile === 'fapi1';
