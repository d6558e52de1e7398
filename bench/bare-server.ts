import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import bcrypt from 'bcrypt';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';
import { memoryAdapter } from './memory-adapter.ts';
import { APP, KEYED, RESOURCE, SERVICE, TV, USERS, WEB } from './scenario.ts';

/**
 * The yardstick: oidc-provider alone, on a Map, with the keys, token formats, features and hash cost that Gatehouse
 * has. `node bench/bare-server.ts PORT BCRYPT_COST`.
 */
const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const cost = Number(process.argv[3]);
const accounts = new Map(
  await Promise.all(
    USERS.map(async (user) => [user.email, { ...user, hash: await bcrypt.hash(user.password, cost) }] as const),
  ),
);

const jwk = async (alg: string) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig' };
};

const configuration: Configuration = {
  adapter: memoryAdapter([WEB, SERVICE, KEYED, APP, TV]),
  jwks: { keys: [await jwk('RS256'), await jwk('ES256')] },
  cookies: { keys: ['a key for the cookies of a benchmark'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: true, name: accounts.get(id)?.name }),
  }),
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  // The library's recipe for first-party clients: consent is given without asking.
  async loadExistingGrant(ctx) {
    const { client, session, provider, params } = ctx.oidc;
    const grantId = session!.grantIdFor(client!.clientId);
    if (grantId) return provider.Grant.find(grantId);
    const grant = new provider.Grant({ accountId: session!.accountId, clientId: client!.clientId });
    grant.addOIDCScope(String(params!.scope));
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32) },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => false,
      getResourceServerInfo: () => ({ scope: 'read', audience: RESOURCE, accessTokenFormat: 'jwt' }),
    },
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: {
    AccessToken: 3600,
    ClientCredentials: 600,
    Grant: 1_209_600,
    IdToken: 3600,
    Interaction: 3600,
    Session: 1_209_600,
  },
};

const provider = new Provider(issuer, configuration);
const protocol = provider.callback();

createServer((req, res) => {
  if (req.url?.startsWith('/interaction/')) signIn(req, res).catch((error) => res.writeHead(500).end(String(error)));
  else protocol(req, res);
}).listen(port, '127.0.0.1');

async function signIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(req, res);
  if (req.method !== 'POST') {
    res.writeHead(200, { 'content-type': 'text/html' });
    res.end(
      `<form method="post" action="/interaction/${uid}"><input name="identifier"><input name="password" type="password"><button>Sign in</button></form>`,
    );
    return;
  }
  const form = new URLSearchParams(await text(req));
  const account = accounts.get(form.get('identifier') ?? '');
  if (!account || !(await bcrypt.compare(form.get('password') ?? '', account.hash))) {
    res.writeHead(422).end('wrong');
    return;
  }
  await provider.interactionFinished(req, res, { login: { accountId: account.email, amr: ['pwd'] } });
}
