import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventsOf } from '../../../test/support/tenants.ts';
import { type UpstreamStage, upstreamStage, withUpstreams } from '../../../test/support/upstream-stage.ts';
import type { UpstreamIdentity } from './identity.ts';

let stage: UpstreamStage;
beforeAll(async () => {
  stage = await upstreamStage();
});
afterAll(() => stage.at.store.close());
beforeEach(async () => {
  stage.notices.length = 0;
  for (const { id } of (await stage.accounts.list(stage.at.a)).items) {
    await stage.upstreams.removeAll(stage.at.a, id);
    await stage.accounts.remove(stage.at.a, id);
  }
});

type More = Partial<Parameters<typeof withUpstreams>[1]>;
const google = { id: 'google', name: 'Google', preset: 'google' as const, client_id: 'x', client_secret: 'y' };
const setUp = (more: More = {}) => withUpstreams(stage.at, { ...google, ...more });
const ada = { email: 'ada@example.com', email_verified: true };

const identity = (more: Partial<UpstreamIdentity> = {}): UpstreamIdentity => ({
  upstreamId: 'google',
  issuer: 'https://accounts.google.com',
  subject: '1',
  email: 'ada@example.com',
  emailTrusted: true,
  claims: { name: 'Ada' },
  proof: { factor: 'upstream', at: 1, upstream: { id: 'google' } },
  ...more,
});
const admit = (given: Partial<UpstreamIdentity> = {}, tenant = setUp(), emailProven = false) =>
  stage.upstreams.admit(tenant, identity(given), { emailProven });

describe('a first sign-in', () => {
  test('makes an account, the next one finds it', async () => {
    const tenant = setUp({ organization: 'acme', roles: { claim: 'groups', map: { devs: 'developer' } } });
    const made = await admit({ roles: ['developer'] }, tenant);
    expect(made).toEqual({ action: 'signed_in', accountId: expect.any(String), how: 'created' });
    const { accountId } = made as { accountId: string };
    expect(await stage.accounts.get(tenant, accountId)).toMatchObject({
      email: 'ada@example.com',
      email_verified: true,
      claims: { name: 'Ada' },
      roles: ['developer'],
      organizations: [{ id: 'acme', roles: [] }],
      signUp: { how: 'upstream' },
    });
    expect(stage.notices).toEqual([]);
    expect(await admit({ email: 'moved@example.com' }, tenant)).toEqual({
      action: 'signed_in',
      accountId,
      how: 'known',
    });
    expect(await stage.upstreams.list(tenant, accountId)).toMatchObject([
      { upstreamId: 'google', name: 'Google', email: 'moved@example.com' },
    ]);
    expect((await stage.accounts.get(tenant, accountId))?.email).toBe('ada@example.com');
  });

  test('links where the address may be believed, and tells the user', async () => {
    const { id } = await stage.accounts.create(stage.at.a, { ...ada, name: 'Countess' });
    expect(await admit({ claims: { name: 'Ada', nickname: 'ada' } }, setUp({ linking: 'verified_email' }))).toEqual({
      action: 'signed_in',
      accountId: id,
      how: 'linked',
    });
    expect((await stage.accounts.get(stage.at.a, id))?.claims).toEqual({ name: 'Countess', nickname: 'ada' });
    expect(stage.notices).toEqual([{ template: 'factor_added', factor: 'upstream' }]);
  });

  test('T108 with a second subject for the address does not open what the first one has', async () => {
    const tenant = setUp({ linking: 'verified_email' });
    const { accountId } = (await admit({}, tenant)) as { accountId: string };
    expect(await admit({ subject: '2' }, tenant)).toEqual({ action: 'ask_to_prove', accountId });
  });

  test('T108 of the same subject, but another issuer, is of another person', async () => {
    const { accountId } = (await admit()) as { accountId: string };
    expect(await admit({ issuer: 'https://evil.example', email: 'eve@example.com' })).toMatchObject({
      how: 'created',
      accountId: expect.not.stringMatching(accountId),
    });
  });

  test('T108 claims an account that nobody verified, and what its maker linked goes', async () => {
    const { id } = await stage.accounts.create(stage.at.a, { ...ada, email_verified: false, password: 'x' });
    const attacker = identity({ subject: 'evil', email: 'evil@example.com' });
    await stage.upstreams.link(setUp(), id, attacker);
    expect(await admit()).toEqual({ action: 'signed_in', accountId: id, how: 'claimed' });
    const user = await stage.accounts.get(stage.at.a, id);
    expect([user?.passwordHash, user?.email_verified]).toEqual([undefined, true]);
    expect(await stage.upstreams.list(setUp(), id)).toMatchObject([{ email: 'ada@example.com' }]);
    expect(await admit({ subject: 'evil', email: 'evil@example.com' })).toMatchObject({ how: 'created' });
  });

  test('T109 at an upstream that is gone is refused, and on record', async () => {
    expect(await admit({}, stage.at.a)).toEqual({ action: 'refused', reason: 'disabled' });
    expect(await eventsOf(stage.at.audit, stage.at.a)).toContain('upstream.refused');
  });

  test('twice at once makes one account', async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => admit()));
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : result.value.action));
    expect(codes.filter((code) => code === 'signed_in').length).toBeGreaterThan(0);
    // Who comes between account and link of the first one cannot know that the account is theirs.
    for (const code of codes) expect(['signed_in', 'ask_to_prove']).toContain(code);
    expect((await stage.accounts.list(stage.at.a)).items).toHaveLength(1);
  });
});

describe('a link', () => {
  test('follows what changes there, not what the user wrote', async () => {
    const { accountId } = (await admit({ claims: { name: 'Ada', nickname: 'ada' } })) as { accountId: string };
    await stage.accounts.amend(stage.at.a, accountId, { nickname: 'mine' });
    await admit({ claims: { name: 'Ada B', nickname: 'changed' } });
    const claims = async () => (await stage.accounts.get(stage.at.a, accountId))?.claims;
    expect(await claims()).toEqual({ name: 'Ada B', nickname: 'mine' });
    await admit({ claims: { nickname: 'changed' } }, setUp({ authoritative: true }));
    expect(await claims()).toEqual({ name: 'Ada B', nickname: 'changed' });
  });

  test('T110 gives and takes mapped roles only', async () => {
    const tenant = setUp({ roles: { claim: 'groups', map: { devs: 'developer' } } });
    const { accountId } = (await admit({ roles: ['developer'] }, tenant)) as { accountId: string };
    await stage.accounts.setRoles(tenant, accountId, { roles: ['developer', 'support'] });
    await admit({ roles: [] }, tenant);
    expect((await stage.accounts.get(tenant, accountId))?.roles).toEqual(['support']);
  });

  test('is of one account', async () => {
    const [one, two] = await Promise.all(
      ['one@example.com', 'two@example.com'].map((email) => stage.accounts.create(stage.at.a, { email })),
    );
    await stage.upstreams.link(setUp(), one!.id, identity());
    await stage.upstreams.link(setUp(), one!.id, identity());
    await expect(stage.upstreams.link(setUp(), two!.id, identity())).rejects.toMatchObject({ code: 'already_exists' });
    expect(await stage.upstreams.list(setUp(), two!.id)).toEqual([]);
  });

  test('T109 is not made where the upstream was switched off meanwhile, or the domain is not allowed', async () => {
    const { id } = await stage.accounts.create(stage.at.a, ada);
    for (const more of [{ enabled: false }, { allowed_domains: ['acme.example'] }])
      await expect(stage.upstreams.link(setUp(more), id, identity())).rejects.toMatchObject({ code: 'forbidden' });
    expect(await stage.upstreams.list(setUp(), id)).toEqual([]);
  });

  test('is removed by its own account only, with a notice', async () => {
    const { id } = await stage.accounts.create(stage.at.a, ada);
    await stage.upstreams.link(setUp(), id, identity());
    const [link] = await stage.upstreams.list(setUp(), id);
    const gone = { code: 'not_found' };
    await expect(stage.upstreams.unlink(setUp(), 'another', link!.id)).rejects.toMatchObject(gone);
    await expect(stage.upstreams.unlink(stage.at.b, id, link!.id)).rejects.toMatchObject(gone);
    await stage.upstreams.unlink(setUp(), id, link!.id);
    await expect(stage.upstreams.unlink(setUp(), id, link!.id)).rejects.toMatchObject(gone);
    expect(stage.notices.map(({ template }) => template)).toEqual(['factor_added', 'factor_removed']);
    const { items } = await stage.at.audit.find(stage.at.a.id, { limit: 1000 });
    const own = items.filter(({ target }) => target === id).map(({ type, details }) => [type, details?.factor]);
    expect(own).toContainEqual(['factor.enrolled', 'upstream']);
    expect(own).toContainEqual(['factor.removed', 'upstream']);
  });

  test('whose account is gone is nobody’s', async () => {
    const { accountId } = (await admit()) as { accountId: string };
    await stage.accounts.remove(stage.at.a, accountId);
    expect(await admit()).toMatchObject({ how: 'created' });
  });

  test('T106 of a disabled account opens nothing', async () => {
    const { accountId } = (await admit()) as { accountId: string };
    await stage.accounts.disable(stage.at.a, accountId);
    expect(await admit()).toEqual({ action: 'refused', reason: 'account_disabled' });
    expect(await admit({ subject: '2' }, setUp({ linking: 'verified_email' }))).toEqual({
      action: 'refused',
      reason: 'account_disabled',
    });
  });
});
