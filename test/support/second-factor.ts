import type { Services } from '../../src/services.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { appCode } from './authenticator-app.ts';
import { moveClock } from './clock.ts';
import { type Page, to, type UserAgent } from './user-agent.ts';

/**
 * An authenticator app and recovery codes for an account, enrolled without pages; resolves to the app's secret. The clock
 * moves on, so that the app's next code is a new one.
 */
export async function enrolApp(
  { totp, recoveryCodes }: Pick<Services, 'totp' | 'recoveryCodes'>,
  tenant: Tenant,
  accountId: string,
): Promise<string> {
  const binding = { binding: 'test', label: accountId };
  const { secret } = await totp.begin(tenant, accountId, binding);
  const result = await totp.confirm(tenant, accountId, { ...binding, code: appCode(secret), name: 'App' });
  if (!result.ok) throw new Error(`not enrolled: ${result.reason}`);
  await recoveryCodes.generate(tenant, accountId);
  moveClock(60);
  return secret;
}

/** Types the code that the app shows; a code counts once, so the clock moves on first. */
export function typeCode(
  agent: UserAgent,
  page: Page,
  secret: string,
  more: Record<string, string> = {},
): Promise<Page> {
  moveClock(60);
  return agent.submit(page, { code: appCode(secret), ...more }, to('code'));
}

/** What a page asks for, of those that a sign-in has. */
export function askedOn({ body, url }: Page): string {
  if (/name="code"/.test(body)) return 'code';
  if (/name="password"/.test(body)) return 'password';
  if (/method=(totp|passkey|sms_code)/.test(body)) return 'enrol';
  if (/value="accept"/.test(body)) return 'consent';
  return url;
}
