import { z } from 'zod';
import { SIGNING_ALGS } from './signing-algs.ts';

/** OpenID Shared Signals Framework 1.0. A client has to be given the scopes as well. */
export const sharedSignals = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'tell clients whose scope names ssf.manage what happens to their users: sessions, credentials, accounts (SSF, CAEP, RISC)',
      ),
    signing_alg: z
      .enum(SIGNING_ALGS)
      .optional()
      .describe('of security event tokens; default: the first of signing.algorithms'),
  })
  .prefault({});

/** What tokens for the stream management API allow (CAEP Interoperability Profile 1.0 2.7.2). */
export const SIGNALS_SCOPES = ['ssf.manage', 'ssf.read'] as const;
export type SignalsScope = (typeof SIGNALS_SCOPES)[number];

/** The audience of those tokens. */
export const signalsAudience = ({ issuer }: { issuer: string }): string => `${issuer}/ssf`;
