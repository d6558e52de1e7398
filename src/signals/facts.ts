import type { Recorded } from '../audit/audit.ts';
import { EVENT } from './event-types.ts';

/** What happened to a user, in the words of an event type. */
export type Fact = { type: string; accountId: string; claims: Record<string, unknown>; requestId?: string | undefined };

type Told = { type: string; claims?: Record<string, unknown>; reason?: string };

const PASSWORD = 'password';

/** CAEP 1.0 3.3.1; the last two are words of our own, as it allows. */
const CREDENTIALS: Record<string, string> = {
  passkey: 'fido2-platform',
  totp: 'app',
  sms_code: 'phone-sms',
  recovery_code: 'recovery-code',
  upstream: 'federated',
};

const TOLD: Record<string, (details: Record<string, unknown>) => Told | undefined> = {
  'user.disabled': () => ({ type: EVENT.accountDisabled }),
  'user.suspended': () => ({ type: EVENT.accountDisabled }),
  'user.deactivated': () => ({ type: EVENT.accountDisabled }),
  'user.enabled': () => ({ type: EVENT.accountEnabled }),
  'user.removed': () => ({ type: EVENT.accountPurged }),
  'user.reset_required': () => ({ type: EVENT.credentialCompromise, claims: { credential_type: PASSWORD } }),
  'user.password_changed': () => changed(PASSWORD, 'update', 'the password was changed'),
  // Who has proven the address took the account over, and the password of before is gone.
  'user.claimed': () => changed(PASSWORD, 'revoke', 'the owner of the address took the account over'),
  'factor.enrolled': ({ factor, aaguid }) =>
    ofFactor(
      factor,
      'create',
      'a way to sign in was added',
      typeof aaguid === 'string' ? { fido2_aaguid: aaguid } : {},
    ),
  'factor.removed': ({ factor }) => ofFactor(factor, 'revoke', 'a way to sign in was removed'),
};

/** What receivers are told of an audit event; of most of them nothing. */
export function factOf({ type, outcome, actor, target, requestId, at, details = {} }: Recorded): Fact | undefined {
  if (outcome === 'failure' || target === undefined) return undefined;
  const told = Object.hasOwn(TOLD, type) ? TOLD[type]?.(details) : undefined;
  if (!told) return undefined;
  return { type: told.type, accountId: target, claims: { ...told.claims, ...when(told, at, actor) }, requestId };
}

/** That no session of an account is good any more, or not the one that is named. `at` in milliseconds. */
export const sessionsRevoked = (accountId: string, at: number, reason: string): Fact => ({
  type: EVENT.sessionRevoked,
  accountId,
  claims: when({ type: EVENT.sessionRevoked, reason }, at),
});

/** The optional claims of CAEP 1.0 2; RISC has none of them. */
function when({ type, reason }: Told, at: number, actor?: string): Record<string, unknown> {
  if (!/\/caep\//.test(type)) return {};
  return {
    event_timestamp: Math.floor(at / 1000),
    ...(actor === 'cli' && { initiating_entity: 'admin' }),
    ...(reason !== undefined && { reason_admin: { en: reason } }),
  };
}

const changed = (credential_type: string, change_type: string, reason: string, more: object = {}): Told => ({
  type: EVENT.credentialChange,
  claims: { credential_type, change_type, ...more },
  reason,
});

const ofFactor = (factor: unknown, change: string, reason: string, more: object = {}): Told | undefined => {
  const credential = typeof factor === 'string' && Object.hasOwn(CREDENTIALS, factor) ? CREDENTIALS[factor] : undefined;
  return credential === undefined ? undefined : changed(credential, change, reason, more);
};
