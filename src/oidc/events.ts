import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { AuditEvent } from '../audit/audit.ts';
import { GatehouseError } from '../core/errors.ts';
import { type Exchange, exchangeOf } from './exchange/issue.ts';
import { sharedSignInOf } from './native-sso/native-sso.ts';
import type { SharedSignIn } from './native-sso/shared-sign-in.ts';
import { GRANT_TYPE } from './token-types.ts';
import type { Assertion } from './workload/assertion.ts';
import { assertionOf } from './workload/workload.ts';

export type Observer = {
  audit(event: AuditEvent): void;
  /** A grant was answered: `grant` is the grant type, `outcome` `success` or an OAuth error code. */
  countGrant(grant: string, outcome: string): void;
  /** An error that is not the caller's fault. */
  fault(error: Error): void;
};

type OidcError = Error & { error?: string; error_description?: string; error_detail?: string };

/** Refusals that are part of a good flow, such as of a silent request (`prompt=none`) that needs the user. */
const ORDINARY = new Set([
  ...['login_required', 'consent_required', 'interaction_required', 'account_selection_required'],
  // What who polls is told until the user has answered.
  ...['authorization_pending', 'slow_down'],
]);
const REUSE = /already (used|consumed)|must only be used once|Replay detected/i;

const REFUSALS = {
  'authorization.error': 'authorization.refused',
  'grant.error': 'token.refused',
  'introspection.error': 'introspection.refused',
  'revocation.error': 'revocation.refused',
  'userinfo.error': 'userinfo.refused',
  'pushed_authorization_request.error': 'authorization.refused',
  'device_authorization.error': 'device.refused',
  'code_verification.error': 'device.refused',
  'backchannel_authentication.error': 'backchannel.refused',
  'device_resume.error': 'device.refused',
  'end_session.error': 'logout.refused',
  'end_session_confirm.error': 'logout.refused',
} as const;

/** Makes the protocol core's events ours: each refused attempt is one audit event, each grant is counted. */
export function observe(provider: Provider, { audit, countGrant, fault }: Observer): void {
  for (const [event, type] of Object.entries(REFUSALS)) {
    provider.on(event as 'grant.error', (ctx, error: OidcError) => {
      const code = error.error ?? 'server_error';
      if (event === 'grant.error') countGrant(grantType(ctx), code);
      if (ORDINARY.has(code)) return;
      const reason = error.error_detail ?? error.error_description;
      const reused = REUSE.test(reason ?? '');
      audit({
        ...who(ctx),
        type: reused ? 'token.reuse_detected' : type,
        outcome: 'failure',
        details: { error: code, reason },
      });
    });
  }
  provider.on('authorization.success', (ctx) => {
    if (ctx.oidc.entities.DeviceCode) audit({ ...who(ctx), type: 'device.connected' });
  });
  provider.on('backchannel_authentication.success' as 'authorization.success', (ctx) =>
    audit({ ...who(ctx), type: 'backchannel.begun' }),
  );
  provider.on('grant.success', (ctx) => {
    countGrant(grantType(ctx), 'success');
    const exchange = exchangeOf(ctx);
    if (exchange) audit({ ...who(ctx), ...exchanged(ctx, exchange) });
    const shared = sharedSignInOf(ctx);
    if (shared) audit({ ...who(ctx), ...joined(ctx, shared) });
    const assertion = assertionOf(ctx);
    if (assertion) audit({ ...who(ctx), ...accepted(ctx, assertion) });
  });
  provider.on('grant.revoked', (ctx, grantId) => audit({ ...who(ctx), type: 'grant.revoked', target: grantId }));
  provider.on('end_session.success', (ctx) => audit({ ...who(ctx), type: 'session.ended' }));
  provider.on('server_error', (ctx, error) => {
    fault(error);
    if (!(error instanceof GatehouseError)) return;
    // A store that is down: RFC 6749 has a word for it, and the client may come back.
    if (error.retryAfter) ctx.set('retry-after', String(error.retryAfter));
    if (isErrorBody(ctx.body)) ctx.body = { error: 'temporarily_unavailable', error_description: error.message };
  });
}

function who(ctx: KoaContextWithOIDC): Pick<AuditEvent, 'actor' | 'target' | 'clientId' | 'ip' | 'requestId'> {
  const { entities, route } = ctx.oidc;
  const accountId = entities.Account?.accountId ?? entities.Session?.accountId;
  const clientId = entities.Client?.clientId;
  // Here the user does nothing: it is they who are asked.
  const isAsked = route === 'backchannel_authentication';
  return {
    ...(isAsked ? clientId && { actor: clientId } : accountId && { actor: accountId }),
    ...(isAsked && accountId && { target: accountId }),
    ...(clientId && { clientId }),
    ip: ctx.ip,
    requestId: ctx.response.get('x-request-id'),
  };
}

/** Who got a token to act for whom, and where. */
function exchanged({ body }: KoaContextWithOIDC, { subject, acting, resource }: Exchange): AuditEvent {
  const { scope } = body as { scope: string };
  const { actor, isSaid, act } = acting;
  return {
    type: 'token.exchanged',
    actor,
    target: subject.origin!.accountId,
    details: { resource, scope, subjectClient: subject.clientId, impersonation: !isSaid, ...(act && { act }) },
  };
}

/** Which application has signed its user in by the session of another. */
function joined({ body }: KoaContextWithOIDC, { accountId, sessionUid, from }: SharedSignIn): AuditEvent {
  const { scope } = body as { scope: string };
  const details = { subjectClient: from.clientId, session: sessionUid, scope };
  return { type: 'session.shared', actor: accountId, target: accountId, details };
}

/** For whom somebody else has vouched. */
function accepted(ctx: KoaContextWithOIDC, { claims: { iss, sub } }: Assertion): AuditEvent {
  const { scope } = ctx.body as { scope: string };
  const actor = ctx.oidc.client!.clientId;
  return {
    type: 'assertion.accepted',
    actor,
    details: { issuer: iss, subject: sub, resource: ctx.oidc.params!.resource, scope },
  };
}

const GRANTS = new Map<unknown, string>([
  ...['authorization_code', 'refresh_token', 'client_credentials'].map((name) => [name, name] as const),
  ['urn:ietf:params:oauth:grant-type:device_code', 'device_code'],
  ['urn:openid:params:grant-type:ciba', 'ciba'],
  ...Object.values(GRANT_TYPE).map((name) => [name, name] as const),
]);

/** One of ours, or `other`: labels must not grow with what callers send. */
function grantType(ctx: KoaContextWithOIDC): string {
  const given = ctx.oidc.params?.grant_type;
  return GRANTS.get(given) ?? 'other';
}

const isErrorBody = (body: unknown) => typeof body === 'object' && body !== null && 'error' in body;
