import { expect, test } from '@jest/globals';
import { metadataProblems } from './rules.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const policy = { resources: [{ resource: 'https://api.example' }] };
const client = { grant_types: ['client_credentials', GRANT], token_exchange: policy };

test('a policy says what is allowed; all else is not', () => {
  expect(metadataProblems(client, true)).toEqual([]);
  const full = {
    subject_clients: ['web'],
    resources: [{ resource: 'https://api.example', scopes: { post: 'write' } }],
    delegation: true,
    impersonation: true,
    actors: { clients: ['robot'], roles: ['support'] },
    bound_tokens: true,
    max_ttl: 60,
  };
  expect(metadataProblems({ ...client, token_exchange: full }, true)).toEqual([]);
});

test.each([
  ['no policy', { token_exchange: undefined }, '/grant_types/1', /token_exchange/],
  ['no grant', { grant_types: ['client_credentials'] }, '/token_exchange', /grant_types/],
  ['a client that does not authenticate', { token_endpoint_auth_method: 'none' }, '/token_exchange', /authenticates/],
  ['what is no policy', { token_exchange: true }, '/token_exchange', /object/],
  ['no resource', { token_exchange: { resources: [] } }, '/token_exchange', /resources/],
  ['an unknown field', { token_exchange: { ...policy, any: true } }, '/token_exchange', /any/],
  ['too long a life', { token_exchange: { ...policy, max_ttl: 86_400 } }, '/token_exchange', /max_ttl/],
  ['neither', { token_exchange: { ...policy, delegation: false } }, '/token_exchange', /neither/],
  [
    'actors without delegation',
    { token_exchange: { ...policy, delegation: false, impersonation: true, actors: { clients: ['x'] } } },
    '/token_exchange',
    /no delegation/,
  ],
  ['a user for an actor', { may_act: '01J00000000000000000000000' }, '/may_act', /user/],
])('%s is refused', (_name, change, pointer, message) => {
  const { token_exchange, ...rest } = { ...client, ...change };
  const metadata = { ...rest, ...(token_exchange !== undefined && { token_exchange }) };
  const problems = metadataProblems(metadata, true).filter((problem) => problem.pointer === pointer);
  expect(problems.map((problem) => problem.message)).toContainEqual(expect.stringMatching(message));
});
