import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { isError } from '../../core/errors.ts';
import { lru } from '../../core/lru.ts';
import { open, seal } from '../../core/sealing.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/**
 * Where a token comes from in the end: the grant of a user to a client, and the session with which it ends. A JWT does not
 * tell, as it is for others to read, nor does a pairwise `sub` say who it is. So where tokens can be exchanged they carry this,
 * sealed, as the claim `grant_ref`.
 */
export type Origin = {
  accountId: string;
  grantId: string;
  /** The client that the grant was given to. */
  clientId: string;
  sessionUid: string | undefined;
};

const CONTEXT = 'grant reference';

/** Another text each time: who sees two of them does not see that they are of one grant. */
export function sealOrigin(tenant: Tenant, { accountId, grantId, clientId, sessionUid }: Origin): string {
  const plain = JSON.stringify([accountId, grantId, clientId, sessionUid]);
  return seal(tenant.secretFor(CONTEXT), plain, CONTEXT);
}

const sealed = lru<string>(10_000);

/** For tokens that the client of the grant itself gets: they have its id and their `sub` in common anyhow. */
export function sealOriginOnce(tenant: Tenant, origin: Origin): string {
  const key = JSON.stringify([tenant.id, origin.accountId, origin.grantId, origin.clientId, origin.sessionUid]);
  const known = sealed.get(key);
  if (known !== undefined) return known;
  const text = sealOrigin(tenant, origin);
  sealed.set(key, text);
  return text;
}

/** Undefined for what this tenant has not sealed. */
export function openOrigin(tenant: Tenant, sealed: unknown): Origin | undefined {
  if (typeof sealed !== 'string') return undefined;
  try {
    const [accountId, grantId, clientId, sessionUid] = JSON.parse(
      open(tenant.secretFor(CONTEXT), sealed, CONTEXT).toString(),
    );
    return { accountId, grantId, clientId, sessionUid: sessionUid ?? undefined };
  } catch (error) {
    if (isError(error, 'bad_config')) return undefined;
    throw error;
  }
}

type Bound = { grantId?: string; expiresWithSession?: boolean | undefined; sessionUid?: string | undefined };

/** Of what a request has just issued; undefined where no user is behind it. */
export function originOf(source: Bound & { accountId?: string; clientId?: string | undefined }): Origin | undefined {
  const { accountId, grantId, clientId, expiresWithSession, sessionUid } = source;
  if (!accountId || !grantId || !clientId) return undefined;
  return { accountId, grantId, clientId, sessionUid: expiresWithSession ? sessionUid : undefined };
}

/** Whether what it speaks of is still in force: grant, client, session (as the protocol core binds tokens to it). */
export async function isInForce(ctx: KoaContextWithOIDC, origin: Origin): Promise<boolean> {
  const { Grant, Session } = ctx.oidc.provider;
  const { accountId, grantId, clientId, sessionUid } = origin;
  const [grant, client, session] = await Promise.all([
    Grant.find(grantId),
    clientOf(ctx, clientId),
    sessionUid === undefined ? undefined : Session.findByUid(sessionUid),
  ]);
  if (!client || grant?.accountId !== accountId || grant.clientId !== clientId) return false;
  return sessionUid === undefined || (session?.accountId === accountId && session.grantIdFor(clientId) === grantId);
}

/** A client that is still there; mostly the one that asks. */
export async function clientOf({ oidc }: KoaContextWithOIDC, clientId: string): Promise<Client | undefined> {
  return oidc.client?.clientId === clientId ? oidc.client : oidc.provider.Client.find(clientId);
}
