import { expect, test } from '@jest/globals';
import { codesWith } from '../../test/support/codes.ts';
import { describeOnTwoNodes, type Nodes } from '../../test/support/two-nodes.ts';
import { newId } from '../core/ids.ts';
import { createAttacks } from '../risk/attacks.ts';
import { createLinkTokens } from './link-token/link-tokens.ts';
import { createRecoveryCodes } from './recovery-codes/recovery-codes.ts';
import { hotp, stepAt } from './totp/algorithm.ts';
import { authenticatorsRecord } from './totp/record.ts';
import { newSeed, sealSeed } from './totp/seed.ts';
import { createTotp } from './totp/totp.ts';

const origin = { ip: '203.0.113.7' };

describeOnTwoNodes('at once on two nodes', (nodes) => {
  const deps = () => ({ ...nodes().at, attacks: createAttacks(nodes().at), notify: async () => {} });
  /** So many at once, half of them on each node. */
  const race = <T>(count: number, run: (tenant: Nodes['one'], i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, i) => run(i % 2 ? nodes().one : nodes().two, i)));
  const passed = (answers: { ok: boolean }[]) => answers.filter(({ ok }) => ok).length;

  /** A code that was sent to somebody new, and how to answer it. */
  async function sentCode() {
    const { codes, lastCode } = codesWith(nodes().at);
    const accountId = newId();
    const challenge = { purpose: 'sign_in', binding: newId() } as const;
    await codes.send(nodes().one, {
      channel: 'email',
      ...challenge,
      accountId,
      to: `${accountId}@example.com`,
      origin,
    });
    const answer = (tenant: Nodes['one'], code: string) => codes.verify(tenant, { ...challenge, code, origin });
    return { code: lastCode(), answer };
  }

  test('50 guesses count 50: five are looked at', async () => {
    const { code, answer } = await sentCode();
    const answers = await race(50, (tenant, i) => answer(tenant, `x${i}`));
    const reasons = answers.map((one) => !one.ok && one.reason);
    expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'used_up')).toHaveLength(45);
    expect(await answer(nodes().one, code)).toMatchObject({ reason: 'used_up' });
  });

  test('20 right codes are one proof', async () => {
    const { code, answer } = await sentCode();
    expect(passed(await race(20, (tenant) => answer(tenant, code)))).toBe(1);
  });

  test('a link and its code, used together, are one proof', async () => {
    const { codes, box } = codesWith(nodes().at);
    const challenge = { purpose: 'sign_in', binding: newId() } as const;
    const url = (token: string) => token;
    await codes.sendLink(nodes().one, { ...challenge, accountId: newId(), to: 'a@example.com', origin, url });
    const { link, code } = box[0]!.data as { link: string; code: string };
    const answers = await race<{ ok: boolean }>(10, (tenant, i) =>
      i < 5
        ? codes.useLink(tenant, { ...challenge, token: link, origin })
        : codes.verify(tenant, { ...challenge, code, origin }),
    );
    expect(passed(answers)).toBe(1);
  });

  test('of messages asked for at once one is sent', async () => {
    const { codes, box } = codesWith(nodes().at);
    const request = { channel: 'email', purpose: 'sign_in', accountId: newId(), to: 'b@example.com', origin } as const;
    expect(passed(await race(20, (tenant, i) => codes.send(tenant, { ...request, binding: `b${i}` })))).toBe(1);
    expect(box).toHaveLength(1);
  });

  test('one code of an authenticator app is one proof, and none older is another', async () => {
    const totp = createTotp(deps());
    const account = newId();
    const seed = newSeed();
    const stored = { id: 'app', name: 'Phone', lastStep: 0, createdAt: 0 };
    const sealedSeed = sealSeed(nodes().one, account, stored.id, seed);
    await nodes()
      .one.store.records(authenticatorsRecord)
      .insert(account, { authenticators: [{ ...stored, sealedSeed }] });
    const step = stepAt(nodes().at.clock() / 1000);
    expect(passed(await race(10, (tenant) => totp.verify(tenant, account, hotp(seed, step))))).toBe(1);
    expect(await totp.verify(nodes().two, account, hotp(seed, step - 1))).toMatchObject({ ok: false });
  });

  test('one recovery code is one proof, and ten at once are ten', async () => {
    const recovery = createRecoveryCodes(deps());
    const account = newId();
    const [first, ...others] = await recovery.generate(nodes().one, account);
    expect(passed(await race(20, (tenant) => recovery.verify(tenant, account, first!)))).toBe(1);
    const answers = await race(9, (tenant, i) => recovery.verify(tenant, account, others[i]!));
    expect(passed(answers)).toBe(9);
    expect(await recovery.status(nodes().two, account)).toMatchObject({ left: 0 });
  });

  test('one link token is used once; of those made at once one is good', async () => {
    const tokens = createLinkTokens(nodes().at);
    const wanted = { purpose: 'reset', subject: newId(), ttl: 600 };
    const made = await race(10, (tenant) => tokens.issue(tenant, wanted));
    const good = await Promise.all(made.map((token) => tokens.peek(nodes().one, 'reset', token)));
    expect(good.filter(Boolean)).toHaveLength(1);
    const token = made[good.findIndex(Boolean)]!;
    const used = await race(20, (tenant) => tokens.consume(tenant, 'reset', token));
    expect(used.filter(Boolean)).toHaveLength(1);
  });
});
