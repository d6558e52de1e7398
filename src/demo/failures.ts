import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';

export type Failure = {
  status: number;
  title: string;
  text: string;
  /** The OAuth error, for developers. */
  code?: string;
};

export const EXPIRED: Failure = {
  status: 400,
  title: 'This sign-in is not under way any more',
  text: 'It was finished in another tab, took too long, or the browser blocks cookies. Start again.',
};

export const FOREIGN_FORM: Failure = {
  status: 403,
  title: 'That form was not from this page',
  text: 'The form was too old or came from another site. Nothing was changed; try it again here.',
};

export const SIGNED_OUT: Failure = {
  status: 401,
  title: 'You are not signed in here',
  text: 'Sign in first.',
};

export const NOT_ENOUGH: Failure = {
  status: 403,
  title: 'It was not paid',
  text: 'The payments API asked for more, the provider was asked for it, and still it is not enough.',
};

export const NOT_FOUND: Failure = {
  status: 404,
  title: 'There is no such page',
  text: 'The demo begins at its front page.',
};

/** In plain words, what went wrong at the way back from the provider. */
export function failedSignIn(error: unknown): Failure {
  if (error instanceof AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? {
          status: 403,
          title: 'You said no',
          text: 'The demo was given no access, and knows nothing about you.',
          code: error.error,
        }
      : {
          status: 400,
          title: 'The provider refused the request',
          text: error.error_description ?? 'It gave no reason.',
          code: error.error,
        };
  }
  if (error instanceof ResponseBodyError) {
    return {
      status: 400,
      title: 'The sign-in could not be finished',
      text: 'The code was used before or is too old. Start again.',
      code: error.error,
    };
  }
  // A wrong state, nonce or issuer: an answer to some other request.
  if (isCheckFailure(error)) return EXPIRED;
  return UNREACHABLE;
}

export const failedRefresh = (error: unknown): Failure =>
  isRefusal(error)
    ? {
        status: 401,
        title: 'The refresh was refused',
        text: 'The session at the provider has ended: signed out, expired, or its token was used twice. Sign in again.',
        code: error.error,
      }
    : UNREACHABLE;

export const failedPayment = (error: unknown): Failure =>
  isChallenge(error)
    ? {
        status: 401,
        title: 'It was not paid',
        text: 'The access token is not valid any more: it expired, or the session at the provider has ended. Sign in again.',
      }
    : UNREACHABLE;

/** An API did not take the access token. */
export const isChallenge = (error: unknown): error is WWWAuthenticateChallengeError =>
  error instanceof WWWAuthenticateChallengeError;

/** The provider has decided; asking again will not help. */
export const isRefusal = (error: unknown): error is ResponseBodyError =>
  error instanceof ResponseBodyError && error.status < 500;

const UNREACHABLE: Failure = {
  status: 502,
  title: 'The provider cannot be reached',
  text: 'The demo could not talk to its issuer. Is GATEHOUSE_URL an address that this server itself can reach?',
};

const isCheckFailure = (error: unknown) =>
  error instanceof Error && /^OAUTH_(INVALID_RESPONSE|JWT_|JSON_)/.test(String((error as { code?: unknown }).code));
