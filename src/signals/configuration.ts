import type { Tenant } from '../tenants/tenant.ts';
import { SUPPORTED } from './event-types.ts';
import { POLL, PUSH } from './input.ts';
import type { Stream, StreamRecord } from './records.ts';

/** Seconds between two verifications of a stream. */
export const VERIFICATION_INTERVAL = 30;

/** The events that go to a stream. */
export const deliveredOf = ({ requested }: Pick<StreamRecord, 'requested'>): string[] =>
  SUPPORTED.filter((type) => requested?.includes(type) ?? true);

/** A stream as its receiver sees it (SSF 1.0 8.1.1); what it authorizes us by is not sent back. */
export const configurationOf = (tenant: Tenant, stream: Stream) => ({
  stream_id: stream.id,
  iss: tenant.issuer,
  aud: stream.clientId,
  events_supported: SUPPORTED,
  ...(stream.requested && { events_requested: stream.requested }),
  events_delivered: deliveredOf(stream),
  delivery:
    stream.method === 'push'
      ? { method: PUSH, endpoint_url: stream.url }
      : { method: POLL, endpoint_url: `${tenant.issuer}/ssf/poll/${stream.id}` },
  min_verification_interval: VERIFICATION_INTERVAL,
  ...(stream.description !== undefined && { description: stream.description }),
});

/** SSF 1.0 7.1. */
export const transmitterOf = ({ issuer }: Pick<Tenant, 'issuer'>) => ({
  spec_version: '1_0',
  issuer,
  jwks_uri: `${issuer}/jwks`,
  delivery_methods_supported: [PUSH, POLL],
  configuration_endpoint: `${issuer}/ssf/stream`,
  status_endpoint: `${issuer}/ssf/status`,
  add_subject_endpoint: `${issuer}/ssf/subjects/add`,
  remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
  verification_endpoint: `${issuer}/ssf/verify`,
  critical_subject_members: ['user', 'session'],
  authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
  default_subjects: 'ALL',
});
