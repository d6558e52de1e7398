import type { AuditEvent } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { forbidden, invalidSoftwareStatement, invalidToken, isError, notFound } from '../../core/errors.ts';
import type { Stored } from '../../store/records.ts';
import type { ClientRegistration } from '../../tenants/settings/client-registration.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Clients } from '../clients.ts';
import { OF_OPERATOR } from '../metadata.ts';
import { badClient } from '../prepare.ts';
import { type ClientRecord, clientRecord, type Metadata } from '../record.ts';
import { hashOfToken, isAccessToken, newAccessToken } from './access-token.ts';
import { clientInformation, type InForce } from './answer.ts';
import type { InitialToken } from './initial-token-record.ts';
import type { InitialTokens } from './initial-tokens.ts';
import { nameProblems } from './names.ts';
import { byPolicy, keeping } from './policy.ts';
import { checkChange, checkNew, policyFor } from './request.ts';
import { claimsOfStatement, type VerifyStatement } from './software-statement.ts';

/** Who asks, for the audit trail. */
export type Caller = Pick<AuditEvent, 'ip' | 'requestId'>;

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** A change that lost against others so often is given up. */
const MAX_TRIES = 20;

/**
 * Clients that register and manage themselves (RFC 7591, RFC 7592), by the same rules as all others. Errors as of `clients`, and
 * `invalid_token`, `invalid_software_statement`, `unapproved_software_statement`, `forbidden` where there are too many.
 */
export function createRegistrations(deps: {
  clock: Clock;
  clients: Clients;
  initialTokens: InitialTokens;
  verifyStatement: VerifyStatement;
  inForce: InForce;
}) {
  const { clients, initialTokens } = deps;

  return {
    /** `token`: the initial access token, if one came. Gives the client information response. */
    async register(
      tenant: Tenant,
      asked: Metadata,
      { token, ...caller }: Caller & { token?: string | undefined },
    ): Promise<Metadata> {
      const { mode } = tenant.settings.protocol.client_registration;
      if (token === undefined && mode !== 'open') throw invalidToken('an initial access token is needed');
      const initial = token === undefined ? undefined : await initialTokens.find(tenant, token);
      const policy = policyFor(tenant, initial?.policy);
      checkNew(asked);
      const statement = await statementOf(tenant, policy, asked);
      const metadata = byPolicy(policy, { ...asked, ...statement?.claims });
      await checkNames(tenant, metadata);

      const { secret_ttl: secretTtl, unused_ttl: unusedTtl } = policy;
      const access = newAccessToken();
      const registration = {
        ...(initial && { initialToken: initial.id, policy: initial.policy }),
        ...(statement && { softwareStatement: statement.text }),
        ...(secretTtl !== undefined && { secretTtl }),
        ...(unusedTtl !== undefined && { unusedTtl }),
      };
      const { client, secret } = await clients.create(tenant, metadata, {
        fields: (clientId) => ({
          origin: 'registration',
          registration: { ...registration, token: hashOfToken(tenant, clientId, access) },
          ...(unusedTtl !== undefined && { expires: deps.clock() + unusedTtl * 1000 }),
        }),
        write: (insert) => admitted(tenant, policy, initial, insert),
        event: { ...caller, details: { by: 'registration', ...(initial && { initialToken: initial.id }) } },
      });
      return clientInformation(tenant, client, deps.inForce, { token: access, secret });
    },

    /** A new registration access token for any client, instead of the one that it has. Error `not_found`. */
    async issueToken(tenant: Tenant, clientId: string): Promise<string> {
      const client = await clients.get(tenant, clientId);
      if (!client) throw notFound(`client "${clientId}"`);
      const { version, metadata, registration } = client;
      const access = newAccessToken();
      const fields = () => ({ registration: { ...registration, token: hashOfToken(tenant, clientId, access) } });
      await clients.change(tenant, clientId, metadata, { version, fields });
      return access;
    },

    async read(tenant: Tenant, clientId: string, token: string): Promise<Metadata> {
      return clientInformation(tenant, await holder(tenant, clientId, token), deps.inForce, { token });
    },

    /** Replaces the metadata. The registration access token is a new one: of many racers with the old one, one gets through. */
    update(tenant: Tenant, clientId: string, token: string, asked: Metadata, caller: Caller): Promise<Metadata> {
      return retried(async () => {
        const client = await holder(tenant, clientId, token);
        const { version, registration } = client;
        checkChange(tenant, clientId, asked, client);
        const policy = keeping(policyFor(tenant, registration?.policy), client.metadata);
        const statement = await statementOf(tenant, policy, asked, registration?.softwareStatement);
        const { untrusted: _, ...replaced } = byPolicy(policy, { ...asked, ...statement?.claims });
        const metadata: Metadata = { ...replaced, ...saidByOperator(client.metadata, replaced) };
        await checkNames(tenant, metadata);
        const access = newAccessToken();
        const changed = await clients.change(tenant, clientId, metadata, {
          version,
          newSecret: isSoonOver(client, deps.clock()),
          fields: () => ({
            registration: {
              ...registration,
              ...(statement && { softwareStatement: statement.text }),
              token: hashOfToken(tenant, clientId, access),
            },
          }),
          event: { ...caller, actor: clientId },
        });
        return clientInformation(tenant, changed.client, deps.inForce, { token: access, secret: changed.secret });
      });
    },

    remove(tenant: Tenant, clientId: string, token: string, caller: Caller): Promise<void> {
      return retried(async () => {
        const { version } = await holder(tenant, clientId, token);
        await clients.remove(tenant, clientId, { version, event: { ...caller, actor: clientId } });
      });
    },
  };

  /** The client whose registration access token this is. Error `invalid_token`, the same for one that is not there. */
  async function holder(tenant: Tenant, clientId: string, token: string): Promise<Stored<ClientRecord>> {
    const client = await clients.get(tenant, clientId);
    if (client && isAccessToken(tenant, clientId, client.registration?.token, token)) return client;
    throw notThis();
  }

  /** The statement that came or, in a change, the one that the client was registered by; where the tenant takes any. */
  async function statementOf(
    tenant: Tenant,
    { software_statements: { required, issuers } }: ClientRegistration,
    { software_statement: given }: Metadata,
    before?: string,
  ): Promise<{ text: string; claims: Metadata } | undefined> {
    if (issuers.length === 0) return undefined;
    if (given !== undefined && given !== null && given !== before)
      return { claims: await deps.verifyStatement(tenant, given), text: given as string };
    if (before !== undefined) return { text: before, claims: claimsOfStatement(before) };
    if (required) throw invalidSoftwareStatement('a software statement is needed');
    return undefined;
  }

  /**
   * Takes a use of the initial access token, and holds the quota. There is no verb that counts and inserts in one: who finds
   * one too many after the insert takes it back, so that racers for the last place may all lose, but never all win.
   */
  async function admitted(
    tenant: Tenant,
    { max_clients }: ClientRegistration,
    initial: Stored<InitialToken> | undefined,
    insert: () => Promise<Stored<ClientRecord>>,
  ): Promise<Stored<ClientRecord>> {
    const count = () => clients.count(tenant, { field: 'origin', equals: 'registration' });
    const full = () => forbidden(`no more than ${max_clients} clients may be registered here`);
    if ((await count()) >= max_clients) throw full();
    if (initial) await initialTokens.consume(tenant, initial.id);
    try {
      const client = await insert();
      if ((await count()) <= max_clients) return client;
      await tenant.store.records(clientRecord).delete(client.id);
      throw full();
    } catch (error) {
      if (initial) await initialTokens.giveBack(tenant, initial.id);
      throw error;
    }
  }
}

export type Registrations = ReturnType<typeof createRegistrations>;

async function checkNames(tenant: Tenant, metadata: Metadata): Promise<void> {
  const problems = metadata.untrusted === true ? await nameProblems(tenant, metadata) : [];
  if (problems.length > 0) throw badClient(problems);
}

/** What who runs the tenant has said of the client stays, whatever the client says. */
function saidByOperator(metadata: Metadata, { grant_types }: Metadata): Metadata {
  const { token_exchange, ...said } = Object.fromEntries(
    Object.entries(metadata).filter(([name]) => OF_OPERATOR.includes(name)),
  );
  // Of no use, and refused, without the grant that the client has just given up.
  const isUsed = token_exchange !== undefined && (grant_types as string[]).includes(TOKEN_EXCHANGE);
  return { ...said, ...(isUsed && { token_exchange }) };
}

const notThis = () => invalidToken('the registration access token is not the one of this client');

/** Whether a new secret is due: more than half of the time of this one is over. */
const isSoonOver = ({ secretExpires, registration }: ClientRecord, now: number): boolean =>
  secretExpires !== undefined && secretExpires - now < ((registration?.secretTtl ?? 0) * 1000) / 2;

/** Again, for as long as others change the record meanwhile: whether the token is still good shows then. */
async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (isError(error, 'not_found')) throw notThis();
      if (!isError(error, 'version_conflict') || tries === MAX_TRIES) throw error;
    }
  }
}
