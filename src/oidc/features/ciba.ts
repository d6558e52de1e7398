import { decodeJwt } from 'jose';
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { seconds } from '../../core/clock.ts';
import { newId } from '../../core/ids.ts';
import { isFapi, protocolOf } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { refuseUnknownAcr } from '../assurance.ts';
import { sealAuthReqId } from '../ciba/answers.ts';
import { createHints, type HintDeps } from '../ciba/hints.ts';
import { refuseSpam, tooMany } from '../ciba/limits.ts';
import { addPending, type PendingRequest, removePending } from '../ciba/pending.ts';
import type { SendPing } from '../ciba/ping.ts';
import { missing } from '../grants.ts';
import { originAt } from '../origin.ts';
import { requestFacts } from '../request-facts.ts';

export type CibaDeps = Pick<HintDeps, 'findByIdentifier'> & {
  /** Tells the user that somebody asks; resolves when that is sure to go out. */
  tellUser: (tenant: Tenant, accountId: string, request: PendingRequest, clientName: string) => Promise<void>;
  sendPing: SendPing;
};

type Ciba = NonNullable<NonNullable<Configuration['features']>['ciba']>;

/** Short, to be compared with what another device shows (CIBA Core 7.1), and no way to put an address into our mails. */
const BINDING_MESSAGE = /^[\p{L}\p{N}][\p{L}\p{N} .,:+/!?#%€$£_-]{0,49}$/u;
/** Seconds that a signed request may be good for, and so is kept in mind (FAPI-CIBA 5.2.2: 60 minutes). */
const MAX_SIGNED = 3600;

/** Clients ask users to sign in who are elsewhere (OpenID Connect Client-Initiated Backchannel Authentication 1.0). */
export function cibaFeature(tenant: Tenant, deps: CibaDeps & HintDeps): Ciba {
  const protocol = protocolOf(tenant.settings);
  const hints = createHints(tenant, deps);
  const now = () => seconds(deps.clock);

  return {
    enabled: protocol.ciba.enabled,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: hints.fromLoginHint,
    processLoginHintToken: hints.fromLoginHintToken,

    validateBindingMessage(_ctx, message) {
      // FAPI-CIBA 5.2.2: else the user could not tell one request from another's.
      if (message === undefined && isFapi(protocol)) throw new errors.InvalidRequest('binding_message is missing');
      if (message !== undefined && !BINDING_MESSAGE.test(message))
        throw new errors.InvalidBindingMessage(
          'must be 1 to 50 letters, digits, spaces, signs of the dollar, euro or pound and . , : + / ! ? # % _ -, the first a letter or digit',
        );
    },

    async validateRequestContext(ctx) {
      refuseUnknownAcr(tenant, ctx);
      await refuseReplay(tenant, ctx, now());
    },

    // Users have no code for this; but here the user is known, and nothing is stored yet.
    verifyUserCode: (ctx, account) => refuseSpam(tenant, ctx, { accountId: account.accountId, now: now() }),

    async triggerAuthenticationDevice(ctx, request, account, client) {
      const { accountId } = account;
      const expiresAt = now() + request.expiration;
      const pending = pendingOf(ctx, { id: newId(deps.clock()), authReqId: request.jti, expiresAt });
      if (!(await addPending(tenant, accountId, pending, now()))) throw tooMany(ctx, pending.expiresAt - now());
      try {
        await deps.tellUser(tenant, accountId, pending, client.clientName ?? client.clientId);
      } catch (error) {
        // Nobody was told, the client least of all.
        await removePending(tenant, accountId, pending.id, now());
        throw error;
      }
      ctx.oidc.provider.emit('backchannel_authentication.success', ctx);
    },
  } as Ciba;

  function pendingOf(
    ctx: KoaContextWithOIDC,
    { id, authReqId, expiresAt }: { id: string; authReqId: string; expiresAt: number },
  ): PendingRequest {
    const { params = {}, client } = ctx.oidc;
    const { binding_message, authorization_details } = params;
    return {
      id,
      sealed: sealAuthReqId(tenant, id, authReqId),
      clientId: client!.clientId,
      ...(typeof binding_message === 'string' && { bindingMessage: binding_message }),
      wanted: missing(ctx, undefined),
      details: typeof authorization_details === 'string' ? JSON.parse(authorization_details) : [],
      request: requestFacts(params),
      origin: originAt(ctx.ip, ''),
      at: now(),
      expiresAt,
    };
  }
}

/** A signed request is good once: its `jti` must be in it (CIBA Core 7.1.1). The core has verified it. */
async function refuseReplay(tenant: Tenant, ctx: KoaContextWithOIDC, now: number): Promise<void> {
  const { request } = (ctx.oidc.body ?? {}) as { request?: unknown };
  if (typeof request !== 'string') return;
  const { jti, exp = 0, nbf = now } = decodeJwt(request);
  if (exp - nbf > MAX_SIGNED || exp - now > MAX_SIGNED)
    throw new errors.InvalidRequestObject('the request object is good for more than 60 minutes');
  const key = `signed request ${ctx.oidc.client!.clientId} ${jti}`;
  if (await tenant.store.artifacts.once(key, MAX_SIGNED + 60)) return;
  throw new errors.InvalidRequestObject('the request object must only be used once');
}

/** The core says that it takes user codes, which nobody has here. */
export async function sayNoUserCodes(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const body = ctx.body as { backchannel_user_code_parameter_supported?: boolean } | undefined;
  if (ctx.oidc?.route === 'discovery' && body?.backchannel_user_code_parameter_supported)
    body.backchannel_user_code_parameter_supported = false;
}
