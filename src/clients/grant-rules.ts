import type { Problem } from '../core/errors.ts';
import type { Metadata } from './record.ts';

const CIBA = 'urn:openid:params:grant-type:ciba';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What the grants of a client demand of the rest of its metadata. */
export function grantProblems(metadata: Metadata): Problem[] {
  return [...clientCredentials(metadata), ...backchannel(metadata), ...tokenExchange(metadata)];
}

/** RFC 6749 4.4: only who authenticates may ask for a token of its own. */
function clientCredentials({ token_endpoint_auth_method, grant_types }: Metadata): Problem[] {
  const index = indexOf(grant_types, 'client_credentials');
  if (index < 0 || token_endpoint_auth_method !== 'none') return [];
  const message = 'client_credentials is for a client that authenticates: token_endpoint_auth_method must not be none';
  return [{ pointer: `/grant_types/${index}`, message }];
}

/** CIBA Core 4: whoever knows a client_id could have its users asked. */
function backchannel({ token_endpoint_auth_method, grant_types }: Metadata): Problem[] {
  const index = indexOf(grant_types, CIBA);
  if (index < 0 || token_endpoint_auth_method !== 'none') return [];
  const message = `${CIBA} is for a client that authenticates: token_endpoint_auth_method must not be none`;
  return [{ pointer: `/grant_types/${index}`, message }];
}

/** RFC 8693 5: who does not authenticate could turn any token that leaked into another. */
function tokenExchange({ token_endpoint_auth_method, grant_types, token_exchange, native_sso }: Metadata): Problem[] {
  const index = indexOf(grant_types, EXCHANGE);
  const problems: Problem[] = [];
  if (index >= 0 && token_exchange === undefined && native_sso !== true)
    problems.push({
      pointer: `/grant_types/${index}`,
      message: 'needs the metadata token_exchange, which says what for, or native_sso',
    });
  if (index < 0 && token_exchange !== undefined)
    problems.push({ pointer: '/token_exchange', message: `is of no use without ${EXCHANGE} among the grant_types` });
  if (token_exchange !== undefined && token_endpoint_auth_method === 'none') {
    const message = 'is for a client that authenticates: token_endpoint_auth_method must not be none';
    problems.push({ pointer: '/token_exchange', message });
  }
  return problems;
}

const indexOf = (grantTypes: unknown, name: string) => (Array.isArray(grantTypes) ? grantTypes.indexOf(name) : -1);
