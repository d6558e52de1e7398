import { originAt } from '../oidc/origin.ts';
import type { Marks } from '../risk/automation.ts';
import { type Device, deviceOf } from '../risk/device.ts';
import type { Origin } from '../sessions/record.ts';
import type { LoginContext } from './state.ts';

/** From where and by what a request comes, as its user can recognise it. */
export const originOf = (ctx: LoginContext): Origin => originAt(ctx.state.ip, ctx.get('User-Agent'));

/** The browser, where somebody has signed in with it before. */
export const browserOf = (ctx: LoginContext): Device | undefined => deviceOf(ctx.state.tenant, ctx.get('Cookie'));

export const marksOf = (ctx: LoginContext): Marks => ({
  userAgent: ctx.get('User-Agent'),
  acceptLanguage: ctx.get('Accept-Language'),
});
