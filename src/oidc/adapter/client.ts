import type { Adapter } from 'oidc-provider';
import { readThrough } from '../../core/cache.ts';
import { sha256 } from '../../core/hashing.ts';

export type ClientMetadata = Record<string, unknown>;
/**
 * Metadata of a registered client in the shape of the protocol core, or undefined. `previous_client_secret`
 * (`{ client_secret, until }`, milliseconds) is a secret that is still good.
 */
export type FindClient = (clientId: string) => Promise<ClientMetadata | undefined>;

/** Whether the request goes by this secret, until then, and not by the client's newest. */
export type GoesBy = (clientId: string, previous: PreviousSecret) => boolean;
export type PreviousSecret = { client_secret: string; until: number };

/** The client as the core is to see it, and as it was with the secret before. */
type Known = { now: ClientMetadata; before: { metadata: ClientMetadata; secret: PreviousSecret } | undefined };

/** Milliseconds after which a change of a client is in force. */
const FRESH_FOR = 1000;
const MAX_CLIENTS = 2000;

/**
 * Clients are records with their own service: the core only reads them, at every request, so they are kept a moment. The
 * core knows one secret of each: while the one before is good too, it is given the one that the request goes by.
 */
export function clientAdapter(find: FindClient, goesBy: GoesBy = () => false): Adapter {
  const clients = readThrough<Known>({
    max: MAX_CLIENTS,
    freshFor: FRESH_FOR,
    load: async (clientId) => prepared(await find(clientId)),
  });
  const readOnly = async () => {
    throw new Error('clients are written by their own service');
  };
  const none = async () => undefined;
  return {
    async find(clientId) {
      const peeked = clients.peek(clientId);
      const known = peeked === undefined ? await clients.get(clientId) : peeked;
      const before = known?.before;
      return before && goesBy(clientId, before.secret) ? before.metadata : known?.now;
    },
    upsert: readOnly,
    destroy: readOnly,
    consume: readOnly,
    revokeByGrantId: readOnly,
    findByUid: none,
    findByUserCode: none,
  };
}

function prepared(metadata: ClientMetadata | undefined): Known | undefined {
  if (!metadata) return undefined;
  const { previous_client_secret, ...now } = metadata;
  const secret = previous_client_secret as PreviousSecret | undefined;
  if (!secret) return { now: identified(now), before: undefined };
  const { client_secret_expires_at: _, ...lasting } = now;
  const before = { ...lasting, client_secret: secret.client_secret };
  return { now: identified(now), before: { metadata: identified(before), secret } };
}

/**
 * The core keeps validated clients by a hash of their metadata's JSON, made at every request. A digest in its place says
 * the same, and is made once.
 */
function identified(metadata: ClientMetadata): ClientMetadata {
  const digest = sha256(JSON.stringify(metadata));
  return Object.defineProperty({ ...metadata }, 'toJSON', { value: () => digest });
}
