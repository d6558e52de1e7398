import type { Problem } from '../../core/errors.ts';
import type { RegistrationPolicy } from '../../tenants/settings/client-registration.ts';
import { isKnown, OF_OPERATOR, untagged } from '../metadata.ts';
import { badClient } from '../prepare.ts';
import type { Metadata } from '../record.ts';

/** What the policy has lists of its own for, or no client is without. */
const ALWAYS = ['redirect_uris', 'grant_types', 'response_types', 'token_endpoint_auth_method', 'scope'];

/** Rights at APIs, as scopes of theirs are: kept only where the policy names them. */
const BY_LIST = ['authorization_details_types'];

/** Asked for by name, but of no use here, and harmless when left out: requests by reference (OpenID Connect Core 6.2). */
const LEFT_OUT = ['request_uris'];

/** The policy for a change: what the client has, it may keep, though it has more than the policy allows by now. */
export const keeping = <P extends RegistrationPolicy>(policy: P, { grant_types, scope }: Metadata): P => ({
  ...policy,
  grant_types: [...policy.grant_types, ...(Array.isArray(grant_types) ? grant_types : [])],
  scopes: [...policy.scopes, ...(typeof scope === 'string' ? scope.split(' ') : [])],
});

/**
 * What a client that registers itself gets of what it asks for (RFC 7591 2, 3.2.1: the server may replace it, ignores
 * what it does not know, and says what is in force). Error `invalid_input` where nothing is left that would work.
 */
export function byPolicy(policy: RegistrationPolicy, asked: Metadata): Metadata {
  const given = { ...policy.defaults, ...permitted(policy, asked) };
  const problems: Problem[] = [];
  const only = (name: string, allowed: string[] | undefined, otherwise: string[], plain = (value: string) => value) => {
    const wanted = given[name] ?? otherwise;
    if (!allowed || !Array.isArray(wanted)) return {};
    const kept = wanted.filter((value) => allowed.map(plain).includes(plain(String(value))));
    if (wanted.length > 0 && kept.length === 0)
      problems.push({ pointer: `/${name}`, message: `must have one at least of ${allowed.join(', ')}` });
    return { [name]: kept };
  };
  const limited = {
    ...given,
    ...only('grant_types', policy.grant_types, ['authorization_code']),
    ...only('response_types', policy.response_types, ['code'], sorted),
    ...authMethod(policy, given, problems),
    ...scope(policy, given),
  };
  if (problems.length > 0) throw badClient(problems);
  const { untrusted: _, ...own } = limited as Metadata;
  return policy.trusted ? own : { ...own, untrusted: true };
}

/** RFC 7591 2: null is as if it was left out. */
function permitted({ metadata }: RegistrationPolicy, asked: Metadata): Metadata {
  const isListed = (name: string) => (metadata ? metadata.includes(untagged(name)) : !BY_LIST.includes(name));
  const isKept = (name: string) =>
    isKnown(name) &&
    !OF_OPERATOR.includes(name) &&
    !LEFT_OUT.includes(name) &&
    (ALWAYS.includes(name) || isListed(name));
  return Object.fromEntries(Object.entries(asked).filter(([name, value]) => value !== null && isKept(name)));
}

function authMethod(policy: RegistrationPolicy, given: Metadata, problems: Problem[]): Metadata {
  const allowed: readonly unknown[] | undefined = policy.token_endpoint_auth_methods;
  const { token_endpoint_auth_method: wanted } = given;
  if (!allowed || allowed.includes(wanted ?? 'client_secret_basic')) return {};
  if (wanted === undefined) return { token_endpoint_auth_method: allowed[0] };
  problems.push({ pointer: '/token_endpoint_auth_method', message: `must be one of ${allowed.join(', ')}` });
  return {};
}

function scope({ scopes }: RegistrationPolicy, { scope: wanted }: Metadata): Metadata {
  if (wanted !== undefined && typeof wanted !== 'string') return {};
  const kept = wanted === undefined ? scopes : wanted.split(' ').filter((name) => scopes.includes(name));
  return { scope: [...new Set(kept)].join(' ') || 'openid' };
}

/** The words of a response type may stand in any order (OAuth 2.0 Multiple Response Type Encoding Practices 2). */
const sorted = (type: string) => type.split(' ').sort().join(' ');
