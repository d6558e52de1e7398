import type { Artifact } from '../store/artifacts.ts';

/** A client that was reached with a session that has ended. `sid`: what the client knows that session by. */
export type Left = { clientId: string; sid: string | undefined; grantId: string | undefined };

/** The clients that a session, as the protocol core keeps it, has reached. */
export function clientsOf({ payload }: Artifact): Left[] {
  const authorizations = (payload.authorizations ?? {}) as Record<string, { sid?: string; grantId?: string }>;
  return Object.entries(authorizations).map(([clientId, { sid, grantId }]) => ({ clientId, sid, grantId }));
}
