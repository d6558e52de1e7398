import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codesWith } from '../../../test/support/codes.ts';
import { twoTenants } from '../../../test/support/tenants.ts';

const BINDINGS = ['b1', 'b2'] as const;
const PURPOSES = ['sign_in', 'second_factor'] as const;
const where = fc.record({ binding: fc.constantFrom(...BINDINGS), purpose: fc.constantFrom(...PURPOSES) });
const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const), at: where, account: fc.constantFrom('ada', 'eve', undefined) }),
  // `sent`: which of the codes so far; none of them: a wrong one.
  fc.record({ do: fc.constant('verify' as const), at: where, sent: fc.nat(6) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(31, 300, 601) }),
);

test('no order of steps gives a proof but by the last code sent there, once, in time, within five tries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let now = 1_800_000_000_000;
      const at = await twoTenants(() => now);
      const { codes, box } = codesWith(at);
      const good = new Map<string, { code: string; account: string; until: number; tries: number }>();
      try {
        for (const [i, one] of steps.entries()) {
          if (one.do === 'wait') {
            now += one.seconds * 1000;
            continue;
          }
          const place = `${one.at.binding} ${one.at.purpose}`;
          if (one.do === 'send') {
            const { account } = one;
            const who = account ? { accountId: account, to: `${account}@example.com` } : { typed: 'nobody' };
            const origin = { ip: `198.51.100.${i}` };
            if (!(await codes.send(at.a, { channel: 'email', ...one.at, ...who, origin })).ok) continue;
            good.delete(place);
            if (account)
              good.set(place, { code: String(box.at(-1)!.data.code), account, until: now + 600_000, tries: 0 });
            continue;
          }
          const code = String(box.at(-1 - one.sent)?.data.code ?? 'none');
          const answer = await codes.verify(at.a, { ...one.at, code, origin: {} });
          const expected = good.get(place);
          if (expected) expected.tries += 1;
          const mayPass =
            expected !== undefined && expected.code === code && now < expected.until && expected.tries <= 5;
          if (answer.ok) {
            expect({ mayPass, account: answer.accountId }).toEqual({ mayPass: true, account: expected?.account });
            good.delete(place);
          } else if (mayPass) {
            // Never refused but by the account's limit of a day.
            expect(answer.reason).toBe('throttled');
          }
        }
      } finally {
        await at.store.close();
      }
    }),
    { numRuns: 60 },
  );
});
