import type { Configuration } from 'oidc-provider';
import type { Protocol } from '../../tenants/settings/protocol.ts';

type Features = NonNullable<Configuration['features']>;

const IMPLICIT_AND_HYBRID = [
  'code id_token',
  'code token',
  'code id_token token',
  'id_token',
  'id_token token',
] as const;

/**
 * FAPI 1.0 Advanced 5.2.2, clause 2: besides `code` only `code id_token`. Nothing binds a token that comes through the browser
 * to a key of the client: where every token is bound, none comes that way.
 */
export function responseTypes({
  profile,
  implicit,
  sender_constrained,
  clients_may_loosen,
}: Protocol): NonNullable<Configuration['responseTypes']> {
  if (!implicit) return ['code'];
  if (profile === 'fapi1') return ['code', 'code id_token'];
  const isBound = sender_constrained && !clients_may_loosen.includes('sender_constrained');
  const others = IMPLICIT_AND_HYBRID.filter((type) => !isBound || !type.split(' ').includes('token'));
  return ['code', ...others];
}

/** How answers come: signed and encrypted (JARM), and to another window of the client (web_message). */
export const responseFeatures = ({
  web_message,
}: Protocol): Pick<Features, 'jwtResponseModes' | 'webMessageResponseMode'> => ({
  jwtResponseModes: { enabled: true },
  webMessageResponseMode: { enabled: web_message, ack: 'individual-draft-01' },
});
