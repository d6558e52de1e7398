import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Facts } from '../journey/facts.ts';
import type { Ground } from '../journey/ground.ts';
import type { SignIn } from '../sessions/sessions.ts';
import type { PolicyPart } from '../tenants/settings/authentication.ts';

/** One authorization request that waits for its user: what the pages need to know, in plain data. */
export type Interaction = {
  uid: string;
  /** The one thing that is asked now. */
  prompt: 'create' | 'login' | 'select_account' | 'consent';
  /** Why it is asked, e.g. `no_session`, `max_age`, `login_prompt`, `op_scopes_missing`. */
  reasons: string[];
  /** The authorization request's parameters, as checked by the protocol core. */
  params: {
    client_id: string;
    scope?: string;
    ui_locales?: string;
    login_hint?: string;
    redirect_uri?: string;
    response_mode?: string;
  };
  client: {
    id: string;
    name: string;
    logoUri: string | undefined;
    clientUri: string | undefined;
    policyUri: string | undefined;
    tosUri: string | undefined;
    /** Nobody vouches for it: users are warned. */
    untrusted: boolean;
    /** Where the answer goes, for people to judge: a host, or the scheme of an app; empty where it goes to a device. */
    redirectHost: string;
  };
  /** What the request wants of the sign-in. */
  request: Facts['request'];
  /** What the client asks of every sign-in to it. */
  clientPolicy: PolicyPart | undefined;
  /** The account of the browser's session, if there is one. */
  accountId: string | undefined;
  /** The name of that session in `sessions/`. */
  sessionUid: string | undefined;
  /** What consent is asked for; empty when prompt is not `consent`. */
  missing: {
    scopes: string[];
    claims: string[];
    resources: Record<string, string[]>;
    /** `authorization_details` (RFC 9396), for this once. */
    details: { type: string; [field: string]: unknown }[];
  };
  /** URIs that the chain of redirects after a submit may lead to, for CSP `form-action`. */
  formAction: string[];
  /** Seconds since the epoch. */
  expiresAt: number;
};

/** What a sign-in ends with, and stands on. `acr`, `amr`, `authTime` (seconds): what tokens tell of it. */
export type FinishedSignIn = {
  signIn: SignIn;
  ground: Ground;
  acr: string | undefined;
  amr: string[];
  authTime: number;
};

/**
 * The way of the hosted pages into the protocol core. Each `finish` resolves to the URL of this issuer to go on to (303).
 * All throw `interaction_gone` when the browser has no such interaction (wrong or missing cookie, finished, expired).
 */
export interface Interactions {
  /** Error `interaction_gone` also when the cookie's interaction is not the one of the path. */
  load(req: IncomingMessage, res: ServerResponse, uid: string): Promise<Interaction>;
  finishSignIn(req: IncomingMessage, res: ServerResponse, uid: string, finished: FinishedSignIn): Promise<string>;
  /** Goes on with the account that is signed in (prompt `select_account`). */
  keepAccount(req: IncomingMessage, res: ServerResponse, uid: string): Promise<string>;
  /** Remembers the consent for client and scopes, then goes on. */
  grantConsent(req: IncomingMessage, res: ServerResponse, uid: string): Promise<string>;
  /** Sends the client an OAuth error. */
  abort(
    req: IncomingMessage,
    res: ServerResponse,
    uid: string,
    error: 'access_denied' | 'login_required' | 'unmet_authentication_requirements',
    description: string,
  ): Promise<string>;
}
