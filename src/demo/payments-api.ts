import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is enough, the least first: the API goes by names, which of them is more than another it has to know. */
const LEVELS = ['urn:gatehouse:aal2', 'urn:gatehouse:aal3'];
/** Seconds since the user last proved something. */
const MAX_AGE = 300;

/** What introspection tells of an access token (RFC 7662, RFC 9470 6.2). */
export type TokenState = { active: boolean; acr?: unknown; amr?: unknown; auth_time?: unknown };

export type Receipt = { paid: string; acr: unknown; amr: unknown; auth_time: unknown };

/**
 * A resource server beside the demo application, as an example of one: it knows no user and no session, only the access token
 * that it is shown, and says what a payment takes that the token lacks (RFC 9470 3).
 */
export function createPaymentsApi(introspect: (token: string) => Promise<TokenState>) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== 'POST') return void res.writeHead(405, { allow: 'POST' }).end();
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.headers.authorization ?? '')?.[1];
    // RFC 6750 3.1: who shows none is told of no error.
    if (!token) return challenge(res, {});
    const { active, acr, amr, auth_time } = await introspect(token);
    if (!active) return challenge(res, { error: 'invalid_token' });
    const age = Date.now() / 1000 - Number(auth_time ?? 0);
    if (!LEVELS.some((level) => level === acr) || !(age <= MAX_AGE))
      return challenge(res, {
        error: 'insufficient_user_authentication',
        error_description: 'a payment takes a second factor, and a proof that is no older than five minutes',
        acr_values: LEVELS[0]!,
        max_age: String(MAX_AGE),
      });
    const receipt: Receipt = { paid: '1,000 EUR', acr, amr, auth_time };
    res.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(receipt));
  };
}

function challenge(res: ServerResponse, parameters: Record<string, string>): void {
  const said = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  res.writeHead(401, { 'www-authenticate': ['Bearer', said.join(', ')].filter(Boolean).join(' ') }).end();
}
