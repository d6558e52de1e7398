import { z } from 'zod';
import { scopeName } from '../tenants/settings/scope-name.ts';

const clientIds = z.array(z.string().min(1).max(128)).max(100).default([]);

const target = z.strictObject({
  resource: z.string().min(1).max(2048).describe('the indicator of an API of the tenant'),
  scopes: z
    .record(scopeName, scopeName)
    .optional()
    .describe('a scope of the API: what the subject token must have for it; default: each scope for itself'),
});

/**
 * What a client may get by token exchange (RFC 8693): its metadata `token_exchange`. Whatever is not said here is not
 * allowed.
 */
export const tokenExchangePolicy = z
  .strictObject({
    subject_clients: clientIds.describe('whose tokens it may exchange beside its own'),
    resources: z.array(target).min(1).max(100).describe('where the tokens that it gets may be used'),
    delegation: z.boolean().default(true).describe('tokens that name who acts for the user'),
    impersonation: z.boolean().default(false).describe('tokens like those of the user, where no actor_token is given'),
    actors: z
      .strictObject({
        clients: clientIds.describe('services that may act by an actor_token of theirs'),
        roles: z.array(z.string().min(1).max(64)).max(100).default([]).describe('of users who may'),
      })
      .prefault({}),
    bound_tokens: z
      .boolean()
      .default(false)
      .describe('take tokens of other clients also where they are bound to a key, which only those can prove'),
    max_ttl: z.number().int().min(1).max(3600).default(300).describe('seconds that a token lives at most'),
  })
  .refine(({ delegation, impersonation }) => delegation || impersonation, 'allows neither delegation nor impersonation')
  .refine(
    ({ delegation, actors }) => delegation || (actors.clients.length === 0 && actors.roles.length === 0),
    'names actors, but allows no delegation',
  );

export type TokenExchangePolicy = z.output<typeof tokenExchangePolicy>;

const parsed = new WeakMap<object, TokenExchangePolicy>();

/** The policy of a client as the protocol core holds it; undefined: it may exchange nothing. */
export function tokenExchangePolicyOf(client: object): TokenExchangePolicy | undefined {
  const given: unknown = Reflect.get(client, 'token_exchange');
  if (typeof given !== 'object' || given === null) return undefined;
  let policy = parsed.get(given);
  if (!policy) {
    policy = tokenExchangePolicy.parse(given);
    parsed.set(given, policy);
  }
  return policy;
}
