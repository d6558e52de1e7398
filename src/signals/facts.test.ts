import { expect, test } from '@jest/globals';
import type { Recorded } from '../audit/audit.ts';
import { EVENT, SUPPORTED } from './event-types.ts';
import { factOf, sessionsRevoked } from './facts.ts';

const AT = 1_900_000_000_123;
const recorded = (event: Partial<Recorded>): Recorded => ({
  at: AT,
  outcome: 'success',
  type: 'x',
  target: 'ada',
  ...event,
});

test.each<[string, Partial<Recorded>, string]>([
  ['disabled', { type: 'user.disabled' }, EVENT.accountDisabled],
  ['waits again', { type: 'user.suspended' }, EVENT.accountDisabled],
  ['put to rest', { type: 'user.deactivated' }, EVENT.accountDisabled],
  ['enabled', { type: 'user.enabled' }, EVENT.accountEnabled],
  ['removed', { type: 'user.removed' }, EVENT.accountPurged],
  ['leaked', { type: 'user.reset_required' }, EVENT.credentialCompromise],
  ['claimed', { type: 'user.claimed' }, EVENT.credentialChange],
])('%s', (_name, event, type) => {
  expect(SUPPORTED).toContain(type);
  expect(factOf(recorded(event))).toMatchObject({ type, accountId: 'ada' });
});

test.each([
  ['passkey', 'fido2-platform'],
  ['totp', 'app'],
  ['sms_code', 'phone-sms'],
  ['recovery_code', 'recovery-code'],
  ['upstream', 'federated'],
])('a factor %s is the credential %s', (factor, credential_type) => {
  const { claims } = factOf(
    recorded({ type: 'factor.enrolled', details: { factor, aaguid: 'a-b', id: 'secret-id' } }),
  )!;
  expect(claims).toEqual({
    credential_type,
    change_type: 'create',
    fido2_aaguid: 'a-b',
    event_timestamp: 1_900_000_000,
    reason_admin: { en: expect.any(String) },
  });
  expect(factOf(recorded({ type: 'factor.removed', details: { factor } }))!.claims.change_type).toBe('revoke');
});

test.each<[string, Partial<Recorded>]>([
  ['a failure', { type: 'user.disabled', outcome: 'failure' }],
  ['of nobody', { type: 'user.disabled', target: undefined }],
  ['a factor that nobody knows', { type: 'factor.enrolled', details: { factor: 'constructor' } }],
  ['what is no word of ours', { type: 'constructor' }],
  ['a sign-in', { type: 'sign_in.succeeded' }],
])('%s is told to nobody', (_name, event) => {
  expect(factOf(recorded(event))).toBeUndefined();
});

test('an operator’s deed says so; RISC has no claims of the kind', () => {
  expect(factOf(recorded({ type: 'user.password_changed', actor: 'cli' }))!.claims.initiating_entity).toBe('admin');
  expect(factOf(recorded({ type: 'user.disabled', actor: 'cli' }))!.claims).toEqual({});
  expect(sessionsRevoked('ada', AT, 'why').claims).toEqual({
    event_timestamp: 1_900_000_000,
    reason_admin: { en: 'why' },
  });
});
