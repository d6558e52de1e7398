import { describe, expect, test } from '@jest/globals';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { tokenExchangePolicy } from '../../clients/token-exchange.ts';
import { actingOf } from './actor.ts';
import type { Act, Party } from './party.ts';

const ISSUER = 'https://issuer.example';
const ctx = { oidc: { issuer: ISSUER, client: { clientId: 'orders' } } } as KoaContextWithOIDC;
const resources = [{ resource: 'https://api.example' }];
const policyOf = (more: object = {}) => tokenExchangePolicy.parse({ resources, ...more });

const party = (sub: string, claims: Party['claims'] = {}, more: Partial<Party> = {}): Party => ({
  type: 'access_token',
  sub,
  clientId: sub,
  audience: undefined,
  scopes: new Set(),
  expiresAt: 0,
  jkt: undefined,
  x5t: undefined,
  claims,
  ...more,
});
const acting = (policy: object, subject: Party, actor?: Party) =>
  actingOf(ctx, policyOf(policy), { subject, actor, rolesOf: async () => ['support'] });
const robot = party('robot');
const byRobot = { actors: { clients: ['robot'] } };

describe('RFC 8693 4.4 may_act', () => {
  const cases: [string, unknown, Party | undefined, boolean][] = [
    ['the client itself', { sub: 'orders' }, undefined, true],
    ['the client itself, in full', { iss: ISSUER, sub: 'orders', client_id: 'orders' }, undefined, true],
    ['another than the client', { sub: 'robot' }, undefined, false],
    ['the actor', { sub: 'robot' }, robot, true],
    ['the client where another acts', { sub: 'orders' }, robot, false],
    ['an actor of another issuer', { iss: 'https://other.example', sub: 'robot' }, robot, false],
    ['by what is not known here', { sub: 'robot', department: 'x' }, robot, false],
    ['nobody', {}, undefined, false],
    ['by no object', 'orders', undefined, false],
    ['by what every object has', { toString: Object.prototype.toString }, undefined, false],
  ];
  test.each(cases)('%s', async (_name, may_act, actor, isAllowed) => {
    const attempt = acting(byRobot, party('ada', { may_act }), actor);
    if (isAllowed) expect((await attempt).isSaid).toBe(true);
    else await expect(attempt).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('holds for who passes for the user, too', async () => {
    const subject = party('ada', { may_act: { sub: 'robot' } });
    await expect(acting({ impersonation: true }, subject)).rejects.toMatchObject({ error: 'invalid_request' });
  });
});

describe('who acts', () => {
  const before: Act = { sub: 'web', act: { sub: 'agent' } };

  test('is named before those who acted before', async () => {
    expect(await acting({}, party('ada', { act: before }))).toEqual({
      actor: 'orders',
      isSaid: true,
      act: { sub: 'orders', act: before },
    });
  });

  test('is not named where the policy says so; those before stay', async () => {
    const expected = { actor: 'orders', isSaid: false, act: before };
    expect(await acting({ impersonation: true }, party('ada', { act: before }))).toEqual(expected);
    expect((await acting({ impersonation: true }, party('ada'))).act).toBeUndefined();
  });

  test('by an actor_token is always named', async () => {
    const { act } = await acting({ ...byRobot, impersonation: true }, party('ada'), robot);
    expect(act).toEqual({ sub: 'robot' });
  });

  test('without a word in the policy is the client alone', async () => {
    await expect(acting({}, party('ada'), robot)).rejects.toMatchObject({ error: 'invalid_request' });
    expect((await acting({}, party('ada'), party('orders'))).act).toEqual({ sub: 'orders' });
    const agent = party(
      'grace',
      {},
      { origin: { accountId: 'g', grantId: 'g', clientId: 'web', sessionUid: undefined } },
    );
    await expect(acting(byRobot, party('ada'), agent)).rejects.toMatchObject({ error: 'invalid_request' });
    expect((await acting({ actors: { roles: ['support'] } }, party('ada'), agent)).actor).toBe('grace');
  });

  test('is nobody where only impersonation is allowed and an actor is named', async () => {
    const policy = { delegation: false, impersonation: true };
    await expect(acting(policy, party('ada'), robot)).rejects.toMatchObject({ error: 'unauthorized_client' });
  });

  test('ends at eight', async () => {
    const chain = (length: number): Act => ({ sub: 'x', ...(length > 1 && { act: chain(length - 1) }) });
    expect(await acting({}, party('ada', { act: chain(7) }))).toMatchObject({ isSaid: true });
    await expect(acting({}, party('ada', { act: chain(8) }))).rejects.toMatchObject({ error: 'invalid_request' });
  });
});
