import * as client from 'openid-client';
import { isLoopback } from '../core/loopback.ts';
import { isChallenge } from './failures.ts';
import type { Receipt, TokenState } from './payments-api.ts';

/** What the browser carries to the provider and back. `isPayment`: what is to be done then. */
export type Flow = { state: string; nonce: string; verifier: string; isPayment?: boolean };
/** Parameters of an authorization request, as an API asked for them (RFC 9470 3 and 4). */
export type StepUp = { acr_values?: string; max_age?: string };
export type Session = {
  accessToken: string;
  refreshToken: string | undefined;
  /** For the claims on the page and the hint at sign-out; absent when it is too large for a cookie. */
  idToken: string | undefined;
};

export type RelyingParty = ReturnType<typeof createRelyingParty>;

/** A client like any other: it knows the issuer, its own id and secret, and nothing of what is inside Gatehouse. */
export function createRelyingParty(options: {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  signedOutUri: string;
  paymentsUri: string;
}) {
  const issuer = new URL(options.issuer);
  const insecure = issuer.protocol === 'http:' && isLoopback(issuer.hostname);
  let discovered: Promise<client.Configuration> | undefined;

  /** Asked once; asked again after a failure. */
  function configuration(): Promise<client.Configuration> {
    discovered ??= client
      .discovery(issuer, options.clientId, options.clientSecret, undefined, {
        execute: insecure ? [client.allowInsecureRequests] : [],
        timeout: 5,
      })
      .catch((error) => {
        discovered = undefined;
        throw error;
      });
    return discovered;
  }

  return {
    async begin(stepUp: StepUp = {}): Promise<{ url: string; flow: Flow }> {
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.redirectUri,
        scope: 'openid profile email',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        ...stepUp,
      });
      return { url: url.href, flow };
    },

    /** `query` is that of the callback, with its "?". Errors are those of openid-client. */
    async finish(query: string, flow: Flow): Promise<Session> {
      const tokens = await client.authorizationCodeGrant(await configuration(), new URL(options.redirectUri + query), {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
      });
      return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, idToken: tokens.id_token };
    },

    async refresh(session: Session): Promise<Session> {
      const tokens = await client.refreshTokenGrant(await configuration(), session.refreshToken ?? '');
      return {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? session.refreshToken,
        idToken: tokens.id_token ?? session.idToken,
      };
    },

    async userinfo(session: Session): Promise<Record<string, unknown>> {
      const subject = session.idToken ? String(claimsOf(session.idToken).sub) : client.skipSubjectCheck;
      return client.fetchUserInfo(await configuration(), session.accessToken, subject);
    },

    /** What the payments API answers, also where it asks for more. */
    async pay({ accessToken }: Session): Promise<{ receipt: Receipt } | { stepUp: StepUp }> {
      try {
        const url = new URL(options.paymentsUri);
        const answer = await client.fetchProtectedResource(await configuration(), accessToken, url, 'POST');
        if (answer.status !== 201) throw new Error(`the payments API answered ${answer.status}`);
        return { receipt: (await answer.json()) as Receipt };
      } catch (error) {
        const stepUp = stepUpOf(error);
        if (!stepUp) throw error;
        return { stepUp };
      }
    },

    /** What an access token is good for, as the API asks. One of its own would do so by an id and secret of its own. */
    introspect: async (token: string): Promise<TokenState> => client.tokenIntrospection(await configuration(), token),

    /** Where the browser goes to end the session at the provider (OpenID Connect RP-Initiated Logout 1.0). */
    async signOutUrl(session: Session | undefined): Promise<string> {
      return client.buildEndSessionUrl(await configuration(), {
        post_logout_redirect_uri: options.signedOutUri,
        ...(session?.idToken && { id_token_hint: session.idToken }),
      }).href;
    },
  };
}

function stepUpOf(error: unknown): StepUp | undefined {
  const asked = isChallenge(error)
    ? error.cause.find(({ parameters }) => parameters.error === 'insufficient_user_authentication')
    : undefined;
  if (!asked) return undefined;
  const { acr_values, max_age } = asked.parameters;
  return { ...(acr_values && { acr_values }), ...(max_age && { max_age }) };
}

/** Of an ID token that was verified when it came. */
export const claimsOf = (idToken: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
