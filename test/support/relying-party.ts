import * as openid from 'openid-client';
import type { Page, UserAgent } from './user-agent.ts';

export const CALLBACK = 'https://app.example.com/cb';
export const PASSWORD = 'correct horse battery staple';

/** A confidential client's metadata as an application would register it. */
export const webClient = (clientId: string, extra: Record<string, unknown> = {}) => ({
  client_id: clientId,
  client_secret: secretOf(clientId),
  redirect_uris: [CALLBACK],
  post_logout_redirect_uris: ['https://app.example.com/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  ...extra,
});

export const secretOf = (clientId: string) => `secret-of-${clientId}-0123456789abcdef`;

/** A relying party made with openid-client. */
export async function relyingParty(issuer: string, clientId: string, options: { auth?: openid.ClientAuth } = {}) {
  const config = await openid.discovery(new URL(issuer), clientId, secretOf(clientId), options.auth, {
    execute: [openid.allowInsecureRequests],
  });

  return {
    config,
    async begin(params: Record<string, string> = {}) {
      const verifier = openid.randomPKCECodeVerifier();
      const checks = {
        pkceCodeVerifier: verifier,
        expectedState: openid.randomState(),
        expectedNonce: openid.randomNonce(),
      };
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: 'openid profile email',
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...params,
      });
      return { url: url.href, checks };
    },
    /** Pushes that request; the address to go to instead. */
    async push(url: string): Promise<string> {
      const params = Object.fromEntries(new URL(url).searchParams);
      return (await openid.buildAuthorizationUrlWithPAR(config, params)).href;
    },
    /** Redeems the code in the address where the user agent was led. */
    redeem: (at: string, checks: openid.AuthorizationCodeGrantChecks) =>
      openid.authorizationCodeGrant(config, new URL(at), checks),
    refresh: (token: string) => openid.refreshTokenGrant(config, token),
    userinfo: (token: string, sub: string) => openid.fetchUserInfo(config, token, sub),
    introspect: (token: string) => openid.tokenIntrospection(config, token),
    revoke: (token: string) => openid.tokenRevocation(config, token),
  };
}

export type RelyingParty = Awaited<ReturnType<typeof relyingParty>>;

/** Goes through the pages as a person would: signs in where asked, accepts where asked, until the application is reached. */
export async function goThrough(agent: UserAgent, url: string, identifier: string, password = PASSWORD): Promise<Page> {
  let page = await agent.get(url);
  for (let steps = 0; steps < 5 && !page.url.startsWith(CALLBACK); steps += 1) {
    if (/name="password"/.test(page.body)) page = await agent.submit(page, { identifier, password });
    else if (/value="accept"/.test(page.body)) page = await agent.submit(page, { decision: 'accept' });
    else throw new Error(`stuck at ${page.url} (${page.status}): ${page.body.slice(0, 500)}`);
  }
  return page;
}
