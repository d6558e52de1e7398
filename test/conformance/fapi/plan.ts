import type { Certified } from '../../support/certificate.ts';
import type { Fields } from '../../support/raw-client.ts';
import type { Op } from '../suite/op.ts';
import type { FapiClient, Over } from './client.ts';

export type FapiVariant = {
  client_auth_type: 'private_key_jwt' | 'mtls';
  sender_constrain: 'dpop' | 'mtls';
  /** Signed requests. */
  signed?: boolean;
  /** Answers as JWTs. */
  jarm?: boolean;
  /** Requests go to the authorization endpoint, not to be pushed before. */
  by_value?: boolean;
  /** With PKCE; default: unless by value. */
  pkce?: boolean;
  /** Default: code. */
  response_type?: string;
  /** Each refresh gives a new refresh token. */
  rotates?: boolean;
};
export type FapiPlan = {
  /** `by`: with that certificate, or none. */
  op: Op & { by: (certificate: Certified | undefined) => typeof fetch };
  variant: FapiVariant;
  first: FapiClient;
  second: FapiClient;
};
export type Params = Record<string, string | undefined>;
/** `dpop` false: without a proof; `certificate` false: without one. */
export type Sent = {
  params?: Params;
  object?: Over;
  assertion?: Over | false;
  headers?: Fields;
  /** Parameters of the authorization endpoint besides. */
  more?: Fields;
  dpop?: { claims?: object; by?: FapiClient } | false;
  certificate?: FapiClient | false;
};
