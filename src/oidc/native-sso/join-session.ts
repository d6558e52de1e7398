import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Consented } from '../../privacy/consents.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { revokeGrant } from '../adapter/generic.ts';
import { type Authorization, authorizeInSession } from '../adapter/session.ts';
import { addToGrant, allowedUnasked, isNothing, lacking } from '../grants.ts';
import { invalidGrant } from '../invalid-grant.ts';
import type { SharedSignIn } from './shared-sign-in.ts';

const MAX_TRIES = 5;

/**
 * Makes the asking application one of those that the session has reached, with a grant of its own, as if it had been there by
 * the browser: what ends the session ends that, too, and the application is told. What its user would have to be asked
 * for is refused (Native SSO 4.3). Errors `invalid_scope`, `invalid_grant`.
 */
export async function joinSession(
  tenant: Tenant,
  clock: Clock,
  ctx: KoaContextWithOIDC,
  { accountId, sessionUid }: Pick<SharedSignIn, 'accountId' | 'sessionUid'>,
  toGrant: Consented,
): Promise<Authorization> {
  const { artifacts } = tenant.store;
  const { provider } = ctx.oidc;
  const client = ctx.oidc.client!;

  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const session = await provider.Session.findByUid(sessionUid);
    const before = session?.authorizationFor(client.clientId) ?? {};
    const known = before.grantId === undefined ? undefined : await provider.Grant.find(before.grantId);
    const grant = known?.accountId === accountId ? known : new provider.Grant({ accountId, clientId: client.clientId });
    const more = lacking(known, toGrant);
    if (!isNothing(more)) {
      const refused = beyond(more, await allowedUnasked(tenant, client, accountId, more));
      if (refused.length > 0)
        throw new errors.InvalidScope('the user has to allow it first, in the browser', refused.join(' '));
      addToGrant(grant, more);
    }
    const grantId = grant === known && isNothing(more) ? known.jti : await grant.save();
    const next = { sid: before.sid ?? randomSecret(128), grantId };
    const joined = await authorizeInSession(artifacts, clock, {
      uid: sessionUid,
      clientId: client.clientId,
      before,
      next,
    });
    if (joined) return next;
    // Named by no session, it would be ended by nothing.
    if (grant !== known) await revokeGrant(artifacts, grantId);
    if (joined === undefined) break;
  }
  throw invalidGrant('the session of subject_token has ended');
}

function beyond(wanted: Consented, allowed: Consented): string[] {
  const ofApis = Object.entries(wanted.resources).flatMap(([indicator, names]) =>
    names.filter((name) => !allowed.resources[indicator]?.includes(name)),
  );
  return [...wanted.scopes.filter((name) => !allowed.scopes.includes(name)), ...ofApis];
}
