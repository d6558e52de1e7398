/** What both servers hold, so that the same requests mean the same work. */

export const RESOURCE = 'https://api.example.com';
export const REDIRECT_URI = 'https://app.example.com/cb';
/** One user for each of the load generator's workers: nobody waits for another's session. */
export const CONCURRENCY = 16;

export const WEB = {
  client_id: 'web',
  client_secret: 'bench-web-0123456789abcdef0123456789abcdef',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What Gatehouse alone can: tokens of its users for another API. */
export const EXCHANGING = {
  grant_types: [...WEB.grant_types, EXCHANGE],
  token_exchange: { resources: [{ resource: RESOURCE, scopes: { read: 'openid' } }] },
};

/** One whose users are asked for consent, once. */
export const ASKING = {
  ...WEB,
  client_id: 'asking',
  client_secret: 'bench-asking-0123456789abcdef0123456789ab',
};

export const SERVICE = {
  client_id: 'service',
  client_secret: 'bench-service-0123456789abcdef0123456789ab',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
};

export type User = { email: string; password: string; name: string };

export const users = (count: number): User[] =>
  Array.from({ length: count }, (_, i) => ({
    email: `user${i}@example.com`,
    password: `a long passphrase for user ${i}`,
    name: `User ${i}`,
  }));

export const USERS = users(CONCURRENCY);
