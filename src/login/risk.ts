import type { Accounts } from '../accounts/accounts.ts';
import type { Clock } from '../core/clock.ts';
import { decide } from '../risk/decide.ts';
import { deviceCookie, withAccount } from '../risk/device.ts';
import { gather } from '../risk/gather.ts';
import { remember } from '../risk/history.ts';
import { type RecordableRisk, recordable } from '../risk/recordable.ts';
import type { Journey } from './journey.ts';
import { lastWayCookie } from './last-way.ts';
import { browserOf, marksOf } from './origin.ts';
import type { LoginContext } from './state.ts';
import type { Visit } from './visit.ts';

/** Judges a sign-in whose account has proven something: only then its history may be looked at. Error `unavailable`. */
export type Judge = (ctx: LoginContext, accountId: string, noticed: Journey['noticed']) => Promise<RecordableRisk>;

export const createJudge =
  ({ clock, accounts }: { clock: Clock; accounts: Pick<Accounts, 'get'> }): Judge =>
  async (ctx, accountId, noticed) => {
    const { tenant, ip } = ctx.state;
    const visit = { ip, device: browserOf(ctx), at: clock() };
    const email = (await accounts.get(tenant, accountId))?.email;
    const signals = await gather(tenant, { ...noticed, ...visit, accountId, email, headers: marksOf(ctx) });
    return recordable(signals, decide(signals, tenant.settings.risk));
  };

/** After a full sign-in: account and browser know each other from now on. */
export async function rememberSignIn({ ctx, tenant, journey }: Visit, accountId: string, at: number): Promise<void> {
  const device = withAccount(tenant, browserOf(ctx), accountId);
  ctx.append('Set-Cookie', deviceCookie(tenant, device));
  const way = lastWayCookie(tenant, journey.proofs);
  if (way !== undefined) ctx.append('Set-Cookie', way);
  await remember(tenant, accountId, { ip: ctx.state.ip, device, at });
}
