import type { Seen } from './dialogue.ts';
import { USER } from './person.ts';

export type Check = { name: string; ok: boolean };

/** What a client program should have seen. */
export type Expected = {
  issuer: string;
  clientId: string;
  /** Where the person came back to after the first sign-in. */
  answer: string;
  /** What this library must not have taken, by the names in `refused`. */
  refuses: string[];
};

// biome-ignore lint/suspicious/noExplicitAny: whatever a program of another language says
type Loose = any;

export function judge(seen: Seen, { issuer, clientId, answer, refuses }: Expected): Check[] {
  const { id_token, userinfo, tokens, refreshed, refused, ...rest } = seen as Loose;
  const asked = new URL(rest.asked).searchParams;
  const answered = new URL(answer).searchParams;
  const isRefused = (what: string, why: RegExp) => why.test(refused?.[what] ?? '');
  const isNew = (name: string) => Boolean(refreshed?.[name]) && refreshed[name] !== tokens?.[name];
  return [
    ['discovery names the issuer', rest.issuer === issuer],
    ['the request has PKCE by S256', asked.get('code_challenge_method') === 'S256'],
    ['the answer has the state, and names the issuer', answered.get('state') === asked.get('state')],
    ['the answer names the issuer', answered.get('iss') === issuer],
    ['the ID token is of the issuer', id_token?.iss === issuer],
    ['the ID token is for the client', [id_token?.aud].flat().join() === clientId],
    ['the ID token has the nonce', Boolean(id_token?.nonce) && id_token.nonce === asked.get('nonce')],
    ['userinfo is of the same user', Boolean(id_token?.sub) && userinfo?.sub === id_token.sub],
    ['userinfo knows who that is', userinfo?.email === USER.email && userinfo?.name === USER.name],
    ['a refresh gives a new access token, which is good', isNew('access_token') && refreshed.sub === id_token?.sub],
    ['a refresh gives a new refresh token', isNew('refresh_token')],
    ['an old refresh token is refused after the leeway', isRefused('old_refresh_token', /invalid_?grant/i)],
    ['a refresh is refused after the logout', isRefused('refresh_after_logout', /invalid_?grant/i)],
    ...refuses.map((what) => [`the client refuses another ${what}`, isRefused(what, /./)] as const),
  ].map(([name, ok]) => ({ name: String(name), ok: Boolean(ok) }));
}
