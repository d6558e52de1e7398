import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FROM, type TestAccounts, testAccounts } from '../../../test/support/accounts.ts';
import { eventsOf } from '../../../test/support/tenants.ts';
import type { Tenant } from '../../tenants/tenant.ts';

let at: TestAccounts;
let tenant: Tenant;
let count = 0;
/** An address of each test's own: messages to one are limited. */
let email: string;
let from: typeof FROM;

beforeAll(async () => {
  at = await testAccounts();
});
afterAll(() => at.store.close());
beforeEach(async () => {
  count += 1;
  email = `ada${count}@example.com`;
  from = { ...FROM, ip: `192.0.2.${count}` };
  tenant = await at.with(at.a, { registration: { who: 'anybody' } });
});

const PASSWORD = 'a fine long secret';
const linkTo = (token: string) => `https://login.example/link?token=${token}`;
const begin = async (input: object = {}) => {
  const begun = await at.registration.begin(tenant, { email, password: PASSWORD, ...input }, from, linkTo);
  if (!('ticket' in begun)) throw new Error(JSON.stringify(begun));
  return begun.ticket;
};
const verify = (ticket: string, code = at.codeTo(email)) => at.registration.verify(tenant, ticket, { code }, from);
const found = () => at.accounts.findByIdentifier(tenant, email);

test('an account is made once its address is proven, by the browser that began', async () => {
  const ticket = await begin({ profile: { claims: { given_name: 'Ada', phone_number_verified: true } } });
  expect(await found()).toBeUndefined();
  expect(await at.registration.waiting(tenant, ticket)).toEqual({ email, asks: 'email' });
  const sent = at.mailTo(email)!;
  expect(sent).toMatchObject({ template: 'verify_email', locale: 'en' });
  expect(String(sent.data.link)).toMatch(/^https:\/\/login\.example\/link\?token=/);
  expect(await verify('another ticket')).toEqual({ ok: false, reason: 'gone' });

  const user = (await verify(ticket)) as { accountId: string };
  expect(user).toEqual({ ok: true, state: 'created', accountId: expect.any(String) });
  expect(await at.accounts.active(tenant, user.accountId)).toMatchObject({
    email,
    email_verified: true,
    claims: { given_name: 'Ada', locale: 'en' },
    signUp: { how: 'anybody' },
    roles: [],
  });
  expect((await found())!.claims.phone_number_verified).toBeUndefined();
  expect(await verify(ticket)).toEqual({ ok: false, reason: 'gone' });
  expect((await eventsOf(at.audit, tenant)).slice(-2)).toEqual(['user.created', 'registration.completed']);
});

test('by the link in the same browser, too', async () => {
  const ticket = await begin();
  const token = at.tokenTo(email);
  const other = await begin({ email: `other-${email}` });
  expect(await at.registration.verify(tenant, other, { token }, from)).toMatchObject({ ok: false });
  expect(await at.registration.verify(tenant, ticket, { token }, from)).toMatchObject({ ok: true, state: 'created' });
});

test('T094: a taken address gets the same answer, as much work, and its owner a mail', async () => {
  await at.accounts.create(tenant, { email, password: PASSWORD });
  const free = `free-${email}`;
  const begun = async (address: string, ip: string) => {
    const before = at.queued();
    const answer = await at.registration.begin(tenant, { email: address, password: PASSWORD }, { ...from, ip }, linkTo);
    return { answer, queued: at.queued() - before };
  };
  const taken = await begun(email, '198.51.100.1');
  const open = await begun(free, '198.51.100.2');
  const shape = { state: 'email', ticket: expect.stringMatching(/^.{43}$/), resendIn: expect.any(Number) };
  expect(taken).toEqual({ answer: shape, queued: open.queued });
  expect(open.answer).toEqual({ ...shape, resendIn: (taken.answer as { resendIn: number }).resendIn });
  expect(at.mailTo(email)).toMatchObject({ template: 'account_exists' });
  expect(at.sent.filter(({ to }) => to === email)).toHaveLength(1);
  expect(at.sent.filter(({ to }) => to === free)).toHaveLength(1);
  const { ticket } = taken.answer as { ticket: string };
  expect(await at.registration.waiting(tenant, ticket)).toEqual({ email, asks: 'email' });
  expect(await verify(ticket, '00000000')).toEqual({ ok: false, reason: 'wrong' });
});

test('T108: of strangers who began with an address, nobody has anything of the account of its owner', async () => {
  const stranger = await at.registration.begin(
    tenant,
    { email, password: 'the password of a stranger' },
    { ...from, ip: '203.0.113.9' },
    linkTo,
  );
  const strangersCode = at.codeTo(email);
  const ticket = await begin();
  // The code of the stranger's mail is for the stranger's browser alone.
  if (strangersCode !== at.codeTo(email)) expect(await verify(ticket, strangersCode)).toMatchObject({ ok: false });
  expect(await verify(ticket)).toMatchObject({ ok: true });
  const late = await at.registration.verify(
    tenant,
    (stranger as { ticket: string }).ticket,
    { code: strangersCode },
    from,
  );
  expect(late).toEqual({ ok: true, state: 'exists' });
});

test('of two who prove the mailbox at once, one has the account', async () => {
  const tickets = await Promise.all(
    ['203.0.113.1', '203.0.113.2'].map(async (ip) => {
      const begun = await at.registration.begin(tenant, { email, password: PASSWORD }, { ...from, ip }, linkTo);
      return (begun as { ticket: string }).ticket;
    }),
  );
  const codes = at.sent.filter(({ to }) => to === email).map(({ data }) => String(data.code));
  const answers = await Promise.all(
    tickets.flatMap((ticket) => codes.map((code) => at.registration.verify(tenant, ticket, { code }, from))),
  );
  const states = answers.filter((answer) => answer.ok).map((answer) => ('state' in answer ? answer.state : ''));
  expect(states.sort()).toEqual(['created', 'exists']);
});

test('one verification of fifty makes the account', async () => {
  const ticket = await begin();
  const code = at.codeTo(email);
  const answers = await Promise.all(Array.from({ length: 50 }, () => verify(ticket, code)));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
});

test('a sign-up that is abandoned is forgotten, and purged', async () => {
  const ticket = await begin();
  const abandoned = await begin({ email: `other-${email}` });
  at.advance(23 * 3_600_000);
  expect(await at.registration.waiting(tenant, ticket)).toBeDefined();
  at.advance(3_700_000);
  for (const one of [ticket, abandoned]) expect(await at.registration.waiting(tenant, one)).toBeUndefined();
  expect(await verify(ticket)).toEqual({ ok: false, reason: 'gone' });
  expect(await at.store.purge()).toBeGreaterThanOrEqual(2);
});

describe('what is refused', () => {
  const vat = {
    schema: { type: 'string', maxLength: 3 },
    sensitivity: 'internal' as const,
    required: 'at_sign_up' as const,
  };
  test.each<[string, Record<string, unknown>, object, object]>([
    ['where nobody may', { who: 'nobody' }, {}, { code: 'forbidden' }],
    ['where only guests may', { who: 'invited' }, {}, { code: 'forbidden' }],
    ['no address', {}, { email: 'ada' }, { code: 'invalid_input', problems: [{ pointer: '/email' }] }],
    [
      'another domain',
      { who: 'allowed_domains', allowed_domains: ['acme.example'] },
      {},
      { problems: [{ pointer: '/email', reason: 'domain' }] },
    ],
    [
      'a subdomain',
      { who: 'allowed_domains', allowed_domains: ['acme.example'] },
      { email: 'a@x.acme.example' },
      { problems: [{ pointer: '/email', reason: 'domain' }] },
    ],
    [
      'a throw-away mailbox',
      {},
      { email: 'a@throwaway.example' },
      { problems: [{ pointer: '/email', reason: 'disposable' }] },
    ],
    ['a password that is too short', {}, { password: 'short' }, { problems: [{ pointer: '/password' }] }],
    ['no username', { username: 'required' }, {}, { problems: [{ pointer: '/username' }] }],
    ['a username that is not asked for', {}, { username: 'ada' }, { problems: [{ pointer: '/username' }] }],
    ['no phone', { verification: 'phone' }, {}, { problems: [{ pointer: '/phone_number' }] }],
    ['a missing attribute', { vat }, {}, { problems: [{ pointer: '/vat' }] }],
    [
      'a bad attribute',
      { vat },
      { profile: { attributes: { vat: 'xxxx' } } },
      { problems: [{ pointer: '/attributes/vat' }] },
    ],
    [
      'terms not accepted',
      { terms: '2' },
      { terms: [{ id: 'tos', version: '1' }] },
      { problems: [{ pointer: '/terms' }] },
    ],
  ])('%s', async (_, { vat: attribute, terms, ...registration }, input, refusal) => {
    tenant = await at.with(at.a, {
      registration: { who: 'anybody', ...registration },
      ...(attribute ? { profile: { attributes: { vat: attribute as typeof vat } } } : {}),
      ...(terms
        ? { terms: [{ id: 'tos', version: terms as string, title: { en: 'Terms' }, uri: 'https://a.example/' }] }
        : {}),
    });
    const before = at.queued();
    await expect(begin(input)).rejects.toMatchObject(refusal);
    expect(at.queued()).toBe(before);
  });

  test('a username that is taken', async () => {
    tenant = await at.with(at.a, { registration: { who: 'anybody', username: 'optional' } });
    await at.accounts.create(tenant, { email: `x${email}`, username: 'grace' });
    await expect(begin({ username: 'GRACE' })).rejects.toMatchObject({ problems: [{ pointer: '/username' }] });
  });
});

test('a domain may be allowed in any spelling', async () => {
  tenant = await at.with(at.a, { registration: { who: 'allowed_domains', allowed_domains: ['BÜCHER.example'] } });
  email = `a${count}@bücher.example`;
  expect(await verify(await begin())).toMatchObject({ state: 'created' });
  expect((await found())!.signUp!.how).toBe('allowed_domains');
});

test('phone: after the mailbox, the number', async () => {
  tenant = await at.with(at.a, { registration: { who: 'anybody', verification: 'phone' } });
  const phone = '+4915123456789';
  const ticket = await begin({ profile: { claims: { phone_number: phone } } });
  expect(await verify(ticket)).toMatchObject({ state: 'phone' });
  expect(await found()).toBeUndefined();
  expect(await verify(ticket, '000000x')).toMatchObject({ ok: false });
  expect(await verify(ticket, at.codeTo(phone))).toMatchObject({ state: 'created' });
  expect((await found())!.claims).toMatchObject({ phone_number: phone, phone_number_verified: true });
});

test('nothing proven: at once, and the address is not', async () => {
  tenant = await at.with(at.a, { registration: { who: 'anybody', verification: 'none' } });
  expect(await at.registration.begin(tenant, { email, password: PASSWORD }, from, linkTo)).toMatchObject({
    state: 'created',
  });
  expect(await found()).toMatchObject({ email_verified: false, status: 'active' });
  await expect(begin()).rejects.toMatchObject({ code: 'already_exists' });
  expect(at.mailTo(email)).toMatchObject({ template: 'account_exists' });
});

test('approval: nobody gets in before it, and who is refused is gone', async () => {
  tenant = await at.with(at.a, { registration: { who: 'approval' } });
  const { accountId } = (await verify(await begin())) as { accountId: string };
  expect((await found())!.status).toBe('pending');
  expect(await at.accounts.active(tenant, accountId)).toBeUndefined();
  expect(at.mailTo(email)).toMatchObject({ template: 'approval_pending' });
  expect((await at.approvals.list(tenant)).items.map(({ id }) => id)).toEqual([accountId]);
  await expect(at.approvals.approve(at.b, accountId)).rejects.toMatchObject({ code: 'not_found' });
  await at.approvals.approve(tenant, accountId);
  expect(await at.accounts.active(tenant, accountId)).toBeDefined();
  expect(at.mailTo(email)).toMatchObject({ template: 'approved' });
  await expect(at.approvals.refuse(tenant, accountId)).rejects.toMatchObject({ code: 'not_found' });

  email = `second-${email}`;
  const second = (await verify(await begin())) as { accountId: string };
  await at.approvals.refuse(tenant, second.accountId, 'nobody knows them');
  expect(await found()).toBeUndefined();
});

test('who began while anybody could waits for approval all the same', async () => {
  const ticket = await begin();
  tenant = await at.with(at.a, { registration: { who: 'approval' } });
  expect(await verify(ticket)).toMatchObject({ state: 'approval' });
});

test('terms that were accepted are on record, with the version', async () => {
  const terms = [{ id: 'tos', version: '3', title: { en: 'Terms' }, uri: 'https://a.example/' }];
  tenant = await at.with(at.a, { registration: { who: 'anybody' }, terms });
  const { accountId } = (await verify(await begin({ terms: [{ id: 'tos', version: '3' }] }))) as { accountId: string };
  expect(await at.terms.accepted(tenant, accountId)).toEqual([
    { id: 'tos', version: '3', at: expect.any(Number), ip: from.ip, locale: 'en' },
  ]);
});
