import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { TokenExchangePolicy } from '../../clients/token-exchange.ts';
import type { Act, Party } from './party.ts';

const { InvalidRequest, UnauthorizedClient } = errors;

/** A chain that is longer than any real one only makes tokens grow. */
const LONGEST_CHAIN = 8;

type Facts = {
  subject: Party;
  /** Of the actor_token. */
  actor: Party | undefined;
  /** Of the actor, where that is a user. */
  rolesOf(accountId: string): Promise<readonly string[]>;
};

export type Acting = {
  /** Who acts: a client_id or a user's `sub`. */
  actor: string;
  /** Whether the token says so. */
  isSaid: boolean;
  act: Act | undefined;
};

/**
 * Who acts, and the `act` claim of the new token. Without an actor_token it is the client itself; the claim is as it was
 * before where the policy lets the client pass for the user. Errors `invalid_request`, `unauthorized_client`.
 */
export async function actingOf(
  { oidc }: KoaContextWithOIDC,
  policy: TokenExchangePolicy,
  { subject, actor, rolesOf }: Facts,
): Promise<Acting> {
  const { clientId } = oidc.client!;
  const { act: before, may_act } = subject.claims;
  const acting = actor
    ? { iss: oidc.issuer, sub: actor.sub, client_id: actor.clientId }
    : itself(oidc.issuer, clientId);
  if (may_act !== undefined && !names(may_act, acting))
    throw new InvalidRequest('may_act of the subject_token names another actor');

  if (!actor && policy.impersonation) return { actor: acting.sub, isSaid: false, act: before };
  if (!policy.delegation) throw new UnauthorizedClient('the policy of this client allows no delegation');
  if (actor && !(await mayAct(policy, clientId, actor, rolesOf)))
    throw new InvalidRequest('the policy of this client does not allow this actor');
  if (lengthOf(before) >= LONGEST_CHAIN) throw new InvalidRequest(`at most ${LONGEST_CHAIN} may act one for the other`);
  return { actor: acting.sub, isSaid: true, act: { sub: acting.sub, ...(before && { act: before }) } };
}

const itself = (iss: string, clientId: string) => ({ iss, sub: clientId, client_id: clientId });

/** RFC 8693 4.4: every claim counts. One that is not known here names nobody. */
function names(mayAct: unknown, acting: Record<string, string>): boolean {
  if (typeof mayAct !== 'object' || mayAct === null) return false;
  const claims = Object.entries(mayAct);
  return claims.length > 0 && claims.every(([name, value]) => Object.hasOwn(acting, name) && acting[name] === value);
}

async function mayAct(
  { actors }: TokenExchangePolicy,
  clientId: string,
  { origin, clientId: actorClient }: Party,
  rolesOf: Facts['rolesOf'],
): Promise<boolean> {
  if (!origin) return actorClient === clientId || actors.clients.includes(actorClient);
  const roles = await rolesOf(origin.accountId);
  return roles.some((role) => actors.roles.includes(role));
}

const lengthOf = (act: Act | undefined): number => (act ? 1 + lengthOf(act.act) : 0);
