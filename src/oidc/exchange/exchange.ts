import { type Account, errors } from 'oidc-provider';
import { type TokenExchangePolicy, tokenExchangePolicyOf } from '../../clients/token-exchange.ts';
import type { Cache } from '../../core/cache.ts';
import type { Clock } from '../../core/clock.ts';
import type { FindPerson } from '../../journey/person.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { BoundGrant } from '../bound-grant.ts';
import type { GrantHandler } from '../core-grants.ts';
import { resourceOf } from '../resources.ts';
import { TOKEN_TYPE } from '../token-types.ts';
import { actingOf } from './actor.ts';
import { allowExchange, createIssue } from './issue.ts';
import { createReadParty, type Party } from './party.ts';
import { exchangeRequest } from './request.ts';
import { targetOf } from './target.ts';

const { InvalidRequest, UnauthorizedClient } = errors;

/** Token exchange (RFC 8693): an access token for another API, on behalf of the user that a token of this issuer speaks of. */
export function createExchange(
  tenant: Tenant,
  deps: { clock: Clock; accounts: Cache<Account>; findPerson: FindPerson; boundGrant: BoundGrant },
): GrantHandler {
  const read = createReadParty(tenant, deps.clock);
  const issue = createIssue(tenant, deps.clock);

  return async (ctx) => {
    const client = ctx.oidc.client!;
    const policy = tokenExchangePolicyOf(client);
    if (!policy) throw new UnauthorizedClient('this client has no policy for token exchange');
    const request = exchangeRequest(ctx);

    const subject = await read(ctx, request.subject.value, request.subject.type);
    if (!subject) throw new InvalidRequest('subject_token is not a token of this issuer that is in force');
    if (!subject.origin) throw new InvalidRequest('subject_token speaks of no user');
    const isOwn = subject.clientId === client.clientId;
    if (!isOwn && !policy.subject_clients.includes(subject.clientId))
      throw new InvalidRequest('the policy of this client does not take tokens of the client of subject_token');
    if (!isMeantFor(subject, client.clientId, policy))
      throw new InvalidRequest('subject_token is not meant for this client');
    if (!(await deps.accounts.get(subject.origin.accountId)))
      throw new InvalidRequest('the user of subject_token may not sign in');

    const actor = request.actor && (await read(ctx, request.actor.value, request.actor.type));
    if (request.actor && (!actor || !isMeantFor(actor, client.clientId, policy)))
      throw new InvalidRequest('actor_token is not a token of this issuer that is in force and meant for this client');
    const acting = await actingOf(ctx, policy, { subject, actor, rolesOf });
    const { resource, scopes } = await targetOf(tenant, ctx, policy, { targets: request.targets, subject });

    // Who was given a bound token proves its key here as elsewhere (RFC 9449 6, RFC 8705 3). Others cannot.
    const toProve = [subject, ...(actor ? [actor] : [])].filter(
      ({ clientId }) => clientId === client.clientId || !policy.bound_tokens,
    );
    const exchange = { subject, acting, resource, maxTtl: policy.max_ttl, toProve };
    allowExchange(ctx, exchange);
    await deps.boundGrant(ctx, { resource, scopes }, (bound) => issue(ctx, exchange, bound));
    ctx.body = { ...(ctx.body as object), issued_token_type: TOKEN_TYPE.access };
  };

  /** An access token is for its client and its API, an ID token for its client and whom the policy lets have it. */
  function isMeantFor(party: Party, requester: string, { subject_clients }: TokenExchangePolicy): boolean {
    const { type, clientId, audience } = party;
    if (clientId === requester) return true;
    if (type === 'id_token') return subject_clients.includes(clientId);
    return resourceOf(tenant, audience)?.introspection_clients.includes(requester) === true;
  }

  async function rolesOf(accountId: string): Promise<readonly string[]> {
    const person = await deps.findPerson(tenant, accountId);
    return person?.account.active ? person.roles : [];
  }
}
