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

export const responseTypes = ({ implicit }: Protocol): NonNullable<Configuration['responseTypes']> => [
  'code',
  ...(implicit ? IMPLICIT_AND_HYBRID : []),
];

/** How answers come: signed and encrypted (JARM), and to another window of the client (web_message). */
export const responseFeatures = ({
  web_message,
}: Protocol): Pick<Features, 'jwtResponseModes' | 'webMessageResponseMode'> => ({
  jwtResponseModes: { enabled: true },
  webMessageResponseMode: { enabled: web_message, ack: 'individual-draft-01' },
});
