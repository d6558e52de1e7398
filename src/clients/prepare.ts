import type { Clock } from '../core/clock.ts';
import { invalidInput, type Problem } from '../core/errors.ts';
import { randomSecret } from '../core/ids.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientForProtocol } from './for-protocol.ts';
import { nameKey } from './name-key.ts';
import { type ClientRecord, clientRecord, type Metadata } from './record.ts';
import { metadataProblems } from './rules.ts';
import { samlOf, samlProblems } from './saml.ts';
import { secretToKeep, secretUse } from './secret.ts';
import { tooLoose } from './strictness.ts';
import { OVERLAP, sameSecret, succession } from './succession.ts';

/** Metadata, and `client_id` and `client_secret` where the caller chooses them. */
export type ClientInput = Metadata & { client_id?: string; client_secret?: string };

/** The protocol core's own check of a client as it would be loaded; throws `invalid_input` with a pointer. */
export type ValidateClient = (tenant: Tenant, client: Metadata) => Promise<void> | void;

/** What no metadata say. `newSecret`: one is made though there is one. */
export type Besides = {
  fields?: (clientId: string) => Pick<ClientRecord, 'origin' | 'registration' | 'expires'>;
  newSecret?: boolean;
};

/**
 * The record of a client by this input, checked by all rules; and the secret, where one had to be made. Error
 * `invalid_input`.
 */
export function createPrepare(deps: { clock: Clock; production: boolean; validate: ValidateClient }) {
  return async (
    tenant: Tenant,
    clientId: string,
    input: ClientInput,
    before: Partial<ClientRecord> = {},
    { fields, newSecret }: Besides = {},
  ): Promise<{ record: ClientRecord; made: string | undefined }> => {
    const { client_id: _, client_secret: given, ...metadata } = input;
    const problems = [
      ...metadataProblems(metadata, deps.production),
      ...samlProblems(metadata, tenant.settings, deps.production),
      ...looseProblems(tenant, metadata),
    ];
    if (problems.length > 0) throw badClient(problems);
    const entityId = samlOf(metadata)?.entity_id;
    if (entityId !== undefined) await refuseNamesake(tenant, clientId, entityId);
    const { origin, registration, expires, createdAt = deps.clock() } = before;
    const kept = {
      ...(origin && { origin }),
      ...(registration && { registration }),
      ...(expires !== undefined && { expires }),
      ...fields?.(clientId),
    };
    const use = secretUse(metadata);
    const isDue = given === undefined && (!before.secret || newSecret === true);
    const made = use !== 'none' && isDue ? randomSecret() : undefined;
    const secret = secretToKeep(tenant, clientId, use, given ?? made, before.secret);
    const key = metadata.untrusted === true ? undefined : nameKey(metadata.client_name);
    const record: ClientRecord = {
      metadata,
      ...kept,
      ...secretFields(secret),
      ...(key && { nameKey: key }),
      ...(entityId !== undefined && { entityId }),
      createdAt,
    };
    await deps.validate(tenant, clientForProtocol(tenant, { ...record, id: clientId }));
    return { record, made };

    function secretFields(stored: typeof secret) {
      if (!stored) return {};
      if (stored === before.secret) return sameSecret(before);
      // A secret that a caller chose takes the place of the old one at once: nobody says that both are to be good.
      return succession({ ...before, ...kept }, stored, newSecret ? OVERLAP : 0, deps.clock());
    }
  };
}

/** Whose messages are meant must be clear: the store says the same, without words. */
async function refuseNamesake({ store }: Tenant, clientId: string, entityId: string): Promise<void> {
  const namesake = await store.records(clientRecord).getBy('entityId', entityId);
  if (namesake && namesake.id !== clientId)
    throw badClient([{ pointer: '/saml/entity_id', message: `is that of the client "${namesake.id}"` }]);
}

const looseProblems = (tenant: Tenant, metadata: Metadata): Problem[] =>
  tooLoose(tenant, metadata).map(({ field, name }) => ({
    pointer: `/${field}`,
    message: `must not be false: the tenant demands it (protocol.${name}) of all clients`,
  }));

export const badClient = (problems: Problem[]) =>
  invalidInput(`bad client: ${problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`, problems);
