import type { Config } from '../../config/load.ts';
import type { Stored } from '../../store/records.ts';
import type { TenantRecord } from '../../tenants/record.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Whether what Gatehouse sends has a way out. */
export function checkMail(
  { production, mailTarget }: Pick<Config, 'production' | 'mailTarget'>,
  tenants: Stored<TenantRecord>[],
): Finding[] {
  if (mailTarget?.kind === 'smtp') return [ok('mail', `goes to ${mailTarget.host}:${mailTarget.port}`)];
  if (mailTarget) return [ok('mail', 'is not sent, but written where GATEHOUSE_SMTP_URL says')];
  const without = tenants.filter(({ settings }) => !settings.mail?.smtp).map(({ id }) => id);
  if (without.length === 0) return [ok('mail', 'every tenant has its own mail server')];
  if (!production) return [ok('mail', 'is not sent, but shown in the development inbox')];
  const names = `${without.slice(0, 3).join(', ')}${without.length > 3 ? `, … (${without.length})` : ''}`;
  return [warn('mail', `cannot be sent by ${names}: set GATEHOUSE_SMTP_URL, or mail.smtp of the tenant`)];
}
