import { type Account, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Cache } from '../../core/cache.ts';
import type { Clock } from '../../core/clock.ts';
import type { Done } from '../../journey/plan.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { clientPolicyOf } from '../account-client.ts';
import type { GrantHandler } from '../core-grants.ts';
import { invalidGrant } from '../invalid-grant.ts';
import { requestFacts } from '../request-facts.ts';
import { createSessionOutcome, type SessionOutcomeDeps } from '../session-outcome.ts';
import { TOKEN_TYPE } from '../token-types.ts';
import { sharesSignIns } from './allowed.ts';
import type { DeviceSecrets } from './device-secrets.ts';
import { joinSession } from './join-session.ts';
import { nativeSsoRequest } from './request.ts';
import { type SharedSignIn, sharedSignIn } from './shared-sign-in.ts';
import { wantedOf } from './wanted.ts';
import { nameDeviceSecret } from './with-code.ts';

const underWay = new WeakMap<KoaContextWithOIDC, SharedSignIn>();

/** The sign-in that an application has got by this request. */
export const sharedSignInOf = (ctx: KoaContextWithOIDC): SharedSignIn | undefined => underWay.get(ctx);

/**
 * The token exchange of OpenID Connect Native SSO for Mobile Apps 1.0: an application of the same device gets tokens of its
 * own for the user and session of another. `redeem` is the core's grant of a code: all that it checks and issues holds here,
 * too.
 */
export function createNativeSso(
  tenant: Tenant,
  redeem: GrantHandler,
  deps: SessionOutcomeDeps & { accounts: Cache<Account>; secrets: DeviceSecrets; clock: Clock },
): GrantHandler {
  const outcomeOfSession = createSessionOutcome(tenant, deps);

  return async (ctx) => {
    const { provider } = ctx.oidc;
    const client = ctx.oidc.client!;
    if (!sharesSignIns(client)) throw new errors.UnauthorizedClient('this client may not use Native SSO (native_sso)');
    const { resource, ...proofs } = nativeSsoRequest(tenant, ctx);
    const signIn = await sharedSignIn(tenant, deps.secrets, ctx, proofs);
    const { accountId, sessionUid, secret } = signIn;
    if (!(await deps.accounts.get(accountId))) throw invalidGrant('the user may not sign in');
    const { acr, amr, authTime } = await provenFor(ctx, signIn);
    const { scope, toGrant } = wantedOf(tenant, ctx, resource);
    const { grantId, sid } = await joinSession(tenant, deps.clock, ctx, signIn, toGrant);

    // It never leaves this request.
    const code = new provider.AuthorizationCode({
      ...{ client, accountId, grantId, sessionUid, sid, expiresWithSession: true },
      ...{ acr, amr, authTime, scope, resource, claims: {}, redirectUri: tenant.issuer },
    } as never);
    nameDeviceSecret(ctx, secret);
    Object.assign(ctx.oidc.params!, { code: await code.save(), redirect_uri: tenant.issuer, resource });
    await redeem(ctx);
    underWay.set(ctx, signIn);
    ctx.body = {
      ...(ctx.body as object),
      issued_token_type: TOKEN_TYPE.access,
      device_secret: secret.value,
    };
  };

  /** What the session has proven, if that is all that this client asks of a sign-in. Error `invalid_grant`. */
  async function provenFor(ctx: KoaContextWithOIDC, { accountId, sessionUid: uid }: SharedSignIn): Promise<Done> {
    const { provider } = ctx.oidc;
    const client = ctx.oidc.client!;
    const { defaultMaxAge: max_age, defaultAcrValues } = client;
    const request = requestFacts({ max_age, acr_values: defaultAcrValues?.join(' ') });
    const clientPolicy = await clientPolicyOf(provider, client, {});
    const outcome = await outcomeOfSession({ accountId, uid, request, clientPolicy }, true);
    if ('done' in outcome) return outcome.done;
    throw invalidGrant('the user has to sign in, or to prove more, in the browser');
  }
}
