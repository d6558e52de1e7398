import type { Facts } from '../journey/facts.ts';
import { type PolicyPart, policyPart } from '../tenants/settings/authentication.ts';

type Params = Record<string, unknown>;

/** Who is signed in is asked once more: the client wants it so, or wants somebody else. */
const AGAIN = new Set(['login_prompt', 'id_token_hint', 'claims_id_token_sub_value', 'account_gone']);

/** What an authorization request wants of a sign-in. Its parameters are checked by the protocol core already. */
export function requestFacts(params: Params, reasons: readonly string[] = []): Facts['request'] {
  const { max_age, acr_values, claims } = params;
  const { wanted, isEssential } = acrOfClaims(claims);
  return {
    // What is essential is not met by what else would be welcome.
    acrValues: [...new Set(isEssential ? wanted : [...wanted, ...words(acr_values)])],
    ...(max_age !== undefined && { maxAge: Number(max_age) }),
    again: reasons.some((reason) => AGAIN.has(reason)),
    create: reasons.includes('create_prompt'),
  };
}

/** What a client asks of every sign-in to it: its metadata `authentication_policy`. */
export function policyOfClient(client: object): PolicyPart | undefined {
  const policy: unknown = Reflect.get(client, 'authentication_policy');
  return policy === undefined ? undefined : policyPart.parse(policy);
}

type AcrClaim = { essential?: unknown; value?: unknown; values?: unknown };

/** OpenID Connect Core 5.5.1.1. */
function acrOfClaims(claims: unknown): { wanted: string[]; isEssential: boolean } {
  if (typeof claims !== 'string') return { wanted: [], isEssential: false };
  const { id_token } = JSON.parse(claims) as { id_token?: { acr?: AcrClaim | null } | null };
  const { essential, value, values } = id_token?.acr ?? {};
  const wanted = [value, ...(Array.isArray(values) ? values : [])].filter((acr) => typeof acr === 'string');
  return { wanted, isEssential: essential === true && wanted.length > 0 };
}

const words = (text: unknown): string[] => (typeof text === 'string' ? text.split(' ').filter(Boolean) : []);
