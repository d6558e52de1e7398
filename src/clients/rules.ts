import { z } from 'zod';
import type { Problem } from '../core/errors.ts';
import { hasHidden } from '../core/text.ts';
import { policyPart } from '../tenants/settings/authentication.ts';
import { CLIENT_AUTH_METHODS } from '../tenants/settings/client-auth-methods.ts';
import { resourceIndicator } from '../tenants/settings/resources.ts';
import { grantProblems } from './grant-rules.ts';
import { frontchannelProblems, logoutUri } from './logout-rules.ts';
import { fieldProblem, untagged } from './metadata.ts';
import type { Metadata } from './record.ts';
import { tokenExchangePolicy } from './token-exchange.ts';
import { redirectUriProblem, webUriProblem } from './uris.ts';

type Context = { native: boolean; production: boolean };
type Rule = (value: unknown, context: Context) => string | undefined;

/** What holds for every client over and above the protocol core's own checks. */
const RULES: Record<string, { each?: Rule; all?: Rule }> = {
  redirect_uris: { each: redirectUri },
  post_logout_redirect_uris: { each: redirectUri },
  client_uri: { all: webUri },
  logo_uri: { all: webUri },
  policy_uri: { all: webUri },
  tos_uri: { all: webUri },
  jwks_uri: { all: webUri },
  sector_identifier_uri: { all: webUri },
  initiate_login_uri: { all: webUri },
  backchannel_logout_uri: { all: logoutUri },
  frontchannel_logout_uri: { all: logoutUri },
  frontchannel_logout_session_required: { all: boolean },
  backchannel_client_notification_endpoint: { all: webUri },
  client_name: { all: shownName },
  software_id: { all: shownName },
  software_version: { all: shownName },
  token_endpoint_auth_method: {
    all: (value) =>
      (CLIENT_AUTH_METHODS as readonly unknown[]).includes(value)
        ? undefined
        : `must be one of ${CLIENT_AUTH_METHODS.join(', ')}`,
  },
  authentication_policy: { all: by(policyPart) },
  resource_scopes: { all: resourceScopes },
  token_exchange: { all: by(tokenExchangePolicy) },
  may_act: { all: clientIdProblem },
  native_sso: { all: boolean },
  require_pkce: { all: boolean },
  skip_consent: { all: boolean },
  untrusted: { all: boolean },
};

/** Every breach of the rules, by its pointer into the metadata. */
export function metadataProblems(metadata: Metadata, production: boolean): Problem[] {
  const context = { native: metadata.application_type === 'native', production };
  const ofFields = Object.entries(metadata).flatMap(([field, value]): Problem[] => {
    const at = (message: string | undefined, pointer = `/${field}`) => (message ? [{ pointer, message }] : []);
    const unknown = fieldProblem(field, value);
    if (unknown) return at(unknown);
    if (value === null) return at('must have a value; leave the field out for its default');
    const { each, all } = RULES[untagged(field)] ?? {};
    if (!each) return at(all?.(value, context));
    if (!Array.isArray(value)) return at('must be a list');
    return value.flatMap((item, index) => at(each(item, context), `/${field}/${index}`));
  });
  return [...ofFields, ...grantProblems(metadata), ...frontchannelProblems(metadata), ...trustProblems(metadata)];
}

const SCOPES_BY_RESOURCE = z.record(resourceIndicator, z.array(z.string()));

function resourceScopes(value: unknown): string | undefined {
  return SCOPES_BY_RESOURCE.safeParse(value).success
    ? undefined
    : 'must be an object: the indicator of an API with a list of its scopes';
}

function by(schema: z.ZodType): Rule {
  const words = ({ path, message }: z.core.$ZodIssue) => [...path, message].join(': ');
  return (value) => schema.safeParse(value).error?.issues.map(words).join('; ');
}

function boolean(value: unknown) {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

function trustProblems(metadata: Metadata): Problem[] {
  if (metadata.untrusted !== true) return [];
  return ['skip_consent', 'native_sso']
    .filter((field) => metadata[field] === true)
    .map((field) => ({ pointer: `/${field}`, message: 'must not be true for a client that is untrusted' }));
}

/**
 * A client_id must never be taken for a user's `sub` (RFC 9700 4.15): those are 26 characters of Crockford base 32.
 */
export function clientIdProblem(id: unknown): string | undefined {
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(id))
    return 'must be 1 to 128 printable ASCII characters without spaces';
  if (id.startsWith('gatehouse-'))
    return 'begins with "gatehouse-", as the clients that every tenant has; choose another';
  return /^[0-9a-hjkmnp-tv-z]{26}$/i.test(id) ? 'looks like the id of a user; choose another' : undefined;
}

function redirectUri(value: unknown, { native, production }: Context) {
  return typeof value === 'string' ? redirectUriProblem(value, native, production) : 'must be a text';
}

function webUri(value: unknown) {
  return typeof value === 'string' ? webUriProblem(value) : 'must be a text';
}

function shownName(value: unknown) {
  if (typeof value !== 'string' || value.trim() === '' || [...value].length > 100)
    return 'must be a text of 1 to 100 characters';
  return hasHidden(value) ? 'must not have control, invisible or text-direction characters' : undefined;
}
