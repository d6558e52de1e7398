import { type Adapter, errors } from 'oidc-provider';
import { isError } from '../../core/errors.ts';
import { sha256 } from '../../core/hashing.ts';
import type { Artifact, Artifacts, Payload } from '../../store/artifacts.ts';
import { TOKEN_PREFIX } from '../token-ids.ts';

/** How long a revoked grant refuses writes: longer than any request lasts. */
const REVOKED_FOR = 600;

/** The payload as the protocol core knows it. Ids are bearer secrets: the store has only their hashes. */
export const withId = (artifact: Artifact, id: string): Record<string, unknown> => ({
  ...artifact.payload,
  jti: id,
  ...(artifact.consumed !== undefined && { consumed: artifact.consumed }),
});

export const withoutId = ({ jti: _, ...payload }: Record<string, unknown>): Payload => payload;

/** Ends a grant with all that was issued under it. */
export async function revokeGrant(artifacts: Artifacts, grantId: string | undefined): Promise<void> {
  if (!grantId) return;
  await Promise.all([artifacts.revokeGrant(grantId, REVOKED_FOR), artifacts.destroy('Grant', sha256(grantId))]);
}

/**
 * Stores a token that is being issued. Where its grant was revoked while this request ran, as by the loser of a race for
 * one code, it does not: exactly one racer is answered with tokens, and they are dead, the same as if the revocation had
 * come right after the answer.
 */
export async function putToken(
  artifacts: Artifacts,
  kind: string,
  key: string,
  payload: Payload,
  ttl: number,
): Promise<void> {
  try {
    await artifacts.put(kind, key, payload, ttl);
  } catch (error) {
    if (!isError(error, 'grant_revoked')) throw error;
  }
}

/**
 * Codes, access tokens, grants, pushed requests: written once, found, consumed once, destroyed. What other kinds do in
 * their own way they put over this.
 */
export function genericAdapter(kind: string, artifacts: Artifacts): Adapter {
  const prefix = TOKEN_PREFIX[kind as keyof typeof TOKEN_PREFIX];

  return {
    async upsert(id, payload, expiresIn) {
      const stored = withoutId(payload as Record<string, unknown>);
      if (kind === 'AccessToken') await putToken(artifacts, kind, sha256(id), stored, expiresIn!);
      else await artifacts.put(kind, sha256(id), stored, expiresIn!);
    },
    async find(id) {
      if (prefix && !id.startsWith(prefix)) return undefined;
      const artifact = await artifacts.find(kind, sha256(id));
      return artifact && withId(artifact, id);
    },
    async findByUid() {
      return undefined;
    },
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      // The core reads `consumed` before it calls this: only a conditional write makes one of many racers the winner.
      if (await artifacts.consume(kind, sha256(id))) return;
      await revokeGrant(artifacts, (await artifacts.find(kind, sha256(id)))?.payload.grantId);
      throw kind === 'PushedAuthorizationRequest'
        ? new errors.InvalidRequestUri('request_uri was already used')
        : new errors.InvalidGrant('already consumed');
    },
    destroy: (id) => artifacts.destroy(kind, sha256(id)),
    // The core asks this of each model in turn, and always of this one; the store revokes for all kinds at once.
    revokeByGrantId: async (grantId) =>
      kind === 'AccessToken' ? artifacts.revokeGrant(grantId, REVOKED_FOR) : undefined,
  };
}
