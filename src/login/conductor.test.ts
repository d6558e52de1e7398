import { expect, jest, test } from '@jest/globals';
import { fakeInteraction, fakeTenant } from '../../test/support/hosted-pages.ts';
import type { AuditEvent } from '../audit/audit.ts';
import type { FactorName } from '../factors/proof.ts';
import { createConductor } from './conductor.ts';
import { changeJourney, findJourney, type Journey, withProof } from './journey.ts';
import type { Judge } from './risk.ts';
import type { LoginContext } from './state.ts';

const NOW = 2_000_000_000;
const ALLOW = { score: 0, action: 'allow', reasons: {}, signals: {} } as const;
const DENY = { score: 100, action: 'deny', reasons: { honeypot: 100 }, signals: { honeypot: true } } as const;

function stage(judge: Judge) {
  const tenant = fakeTenant();
  const interaction = fakeInteraction();
  const events: AuditEvent[] = [];
  const ends: string[] = [];
  const signedIn: string[] = [];
  const ctx = {
    get: () => '',
    state: {
      tenant,
      ip: '192.0.2.1',
      requestId: 'r',
      interactions: {
        finishSignIn: async (
          _req: unknown,
          _res: unknown,
          _uid: string,
          { signIn }: { signIn: { accountId: string } },
        ) => {
          ends.push(`in as ${signIn.accountId}`);
          return '/done';
        },
        abort: async (_req: unknown, _res: unknown, _uid: string, error: string) => {
          ends.push(error);
          return '/aborted';
        },
      },
    },
  } as unknown as LoginContext;
  const conductor = createConductor({
    clock: () => NOW * 1000,
    audit: { record: async (_tenant, event) => void events.push(event) },
    sessions: { get: async () => undefined },
    trustedDevices: { check: async () => undefined },
    findPerson: async (_tenant, id) => ({
      account: {
        id,
        active: true,
        factors: ['password', 'totp', 'recovery_code'] as FactorName[],
        resetRequired: false,
        termsDue: false,
        profileMissing: false,
      },
      roles: [],
      organizations: [],
    }),
    judge,
    onSignedIn: async (_visit, accountId) => void signedIn.push(accountId),
  });
  const change = (with_: (journey: Journey) => Journey) => changeJourney(tenant, interaction.uid, with_);
  const prove = (id: string, factor: FactorName) =>
    change((journey) => withProof(journey, { accountId: id, proof: { factor, at: NOW }, ground: { signedOutAt: 0 } }));
  const visit = () => conductor.visit(ctx, interaction);
  return { conductor, tenant, interaction, events, ends, signedIn, prove, visit };
}

test('nothing is judged before something is proven, then once', async () => {
  const judge = jest.fn<Judge>(async () => ALLOW);
  const { prove, visit } = stage(judge);
  await visit();
  expect(judge).not.toHaveBeenCalled();
  await prove('ada', 'password');
  for (let i = 0; i < 3; i += 1) expect((await visit()).journey.risk).toEqual(ALLOW);
  expect(judge).toHaveBeenCalledTimes(1);
  expect(judge).toHaveBeenCalledWith(expect.anything(), 'ada', undefined);
});

test('who goes on as somebody else while the first is judged is judged too', async () => {
  const { prove, visit, conductor, ends } = stage(async (_ctx, accountId) => {
    if (accountId === 'ada') await prove('eve', 'password');
    return accountId === 'ada' ? ALLOW : DENY;
  });
  await prove('ada', 'password');
  const now = await visit();
  expect(now.journey).toMatchObject({ accountId: 'eve', risk: DENY });
  await conductor.conclude(now);
  expect(ends).toEqual(['access_denied']);
});

test('the event of a sign-in says why each step was asked for, once each, and what was not', async () => {
  const { prove, visit, conductor, events, signedIn, interaction, tenant } = stage(async () => ALLOW);
  const first = await visit();
  await prove('ada', 'password');
  await conductor.advance(first);
  const second = await visit();
  await conductor.advance(second);
  await prove('ada', 'totp');
  await conductor.advance(second);
  expect(signedIn).toEqual(['ada']);
  const [event] = events;
  expect(event).toMatchObject({ type: 'sign_in.succeeded', target: 'ada', details: { risk: ALLOW } });
  expect(event!.details!.why).toEqual([
    { step: 'identify', asked: true, because: 'nobody is signed in' },
    { step: 'second_factor', asked: true, because: 'the user has a second factor' },
    { step: 'second_factor', asked: false, because: 'two factors are proven' },
  ]);
  expect((await findJourney(tenant, interaction.uid)).asked).toHaveLength(2);
});
