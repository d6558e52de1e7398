import Provider, { errors } from 'oidc-provider';
import { mac } from '../core/hashing.ts';
import type { Attacks } from '../risk/attacks.ts';
import { type CodeTyper, countUserCode, forgiveUserCode } from '../risk/user-code-guesses.ts';
import type { Artifact } from '../store/artifacts.ts';
import type { Tenant } from '../tenants/tenant.ts';

const HASHED = 'mac:';

/** A user code as it is stored: with 34 bits it would be found out of a plain hash within seconds. */
export const hashedUserCode = (tenant: Tenant, userCode: string): string =>
  userCode.startsWith(HASHED) ? userCode : HASHED + mac(tenant.secretFor('user codes'), userCode);

/**
 * The device code that a person has typed the user code of. Each is a guess until it is found (RFC 8628 5.1): error
 * `too_many_requests` for who has guessed too often, and then no code is looked at.
 */
export async function findTyped(
  tenant: Tenant,
  attacks: Pick<Attacks, 'report'>,
  userCode: string,
): Promise<Artifact | undefined> {
  const ctx = Provider.ctx!;
  const { session, client } = ctx.oidc;
  const typer: CodeTyper = { accountId: session!.accountId, session: session!.uid, ip: ctx.ip };
  const { wait, attack } = await countUserCode(tenant, typer);
  if (attack) {
    const occasion = { ip: ctx.ip, requestId: ctx.response.get('x-request-id') };
    await attacks.report(tenant, attack, { ...occasion, ...(client && { clientId: client.clientId }) });
  }
  if (wait > 0) throw tooManyCodes(wait);
  const found = await tenant.store.artifacts.findBy('DeviceCode', 'userCode', hashedUserCode(tenant, userCode));
  if (found) await forgiveUserCode(tenant, typer);
  return found;
}

const tooManyCodes = (retryAfter: number) =>
  Object.assign(new errors.CustomOIDCProviderError('too_many_requests', 'too many wrong codes, wait a little'), {
    status: 429,
    statusCode: 429,
    retryAfter,
  });
