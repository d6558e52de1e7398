import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { TOKEN_TYPE } from '../token-types.ts';

const { InvalidRequest, InvalidTarget } = errors;

/** RFC 8693 2.1. */
export const EXCHANGE_PARAMS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'resource',
  'audience',
  'scope',
];
/** Of which there may be more than one. */
export const EXCHANGE_DUPLICATES = ['resource', 'audience'];

type Token = { value: string; type: string };
export type ExchangeRequest = { subject: Token; actor: Token | undefined; targets: string[] };

const READABLE: readonly string[] = [TOKEN_TYPE.access, TOKEN_TYPE.id];

/** What is asked for, as far as the request alone tells whether it makes sense. Errors `invalid_request`, `invalid_target`. */
export function exchangeRequest({ oidc }: KoaContextWithOIDC): ExchangeRequest {
  const params = oidc.params as Record<string, string | string[] | undefined>;
  const { requested_token_type: requested } = params;
  if (requested !== undefined && requested !== TOKEN_TYPE.access)
    throw new InvalidRequest(`requested_token_type must be ${TOKEN_TYPE.access}: nothing else comes by exchange`);
  const subject = tokenOf(params, 'subject');
  if (!subject) throw new InvalidRequest('subject_token is missing');
  const actor = tokenOf(params, 'actor');
  return { subject, actor, targets: targetsOf(params) };
}

function tokenOf(params: Record<string, unknown>, role: 'subject' | 'actor'): Token | undefined {
  const [name, typeName] = [`${role}_token`, `${role}_token_type`];
  const [value, type] = [params[name], params[typeName]];
  if (value === undefined && type === undefined) return undefined;
  if (typeof value !== 'string') throw new InvalidRequest(`${typeName} is given, but no ${name}`);
  if (typeof type !== 'string') throw new InvalidRequest(`${typeName} is missing`);
  if (type === TOKEN_TYPE.refresh)
    throw new InvalidRequest(`${typeName}: a refresh token is for its client alone, and for grant_type=refresh_token`);
  if (!READABLE.includes(type)) throw new InvalidRequest(`${typeName} must be one of ${READABLE.join(', ')}`);
  return { value, type };
}

/** An API goes by its indicator, as a `resource` (RFC 8707) and as an `audience`. */
function targetsOf({ resource, audience }: Record<string, string | string[] | undefined>): string[] {
  const targets = [...new Set([resource ?? [], audience ?? []].flat())];
  if (targets.length > 1) throw new InvalidTarget('ask for one resource (or audience) at a time');
  return targets;
}
