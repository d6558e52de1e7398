import { invalidInput, type Problem } from '../core/errors.ts';
import { isWebUri } from '../core/web-uri.ts';
import type { Data } from '../outbox/sealed-data.ts';
import { MAIL_TEMPLATES, NUMBERS, SMS_TEMPLATES } from '../tenants/settings/mail-templates.ts';
import { checkRecipient } from './recipient.ts';
import type { Channel } from './record.ts';
import { isLink } from './values.ts';

/** A message as its sender gives it. */
export type Draft = {
  template: string;
  to: string;
  /** Default: the tenant's. */
  locale?: string | undefined;
  data: Record<string, string | number | undefined>;
  /** Whose it is, for the audit trail. */
  accountId?: string | undefined;
};

const TEMPLATES: Record<Channel, Record<string, { needs: readonly string[]; may: readonly string[] }>> = {
  mail: MAIL_TEMPLATES,
  sms: SMS_TEMPLATES,
};

/**
 * The values for the template, and until when the message is of use (milliseconds since the epoch; undefined: for ever).
 * Error `invalid_input`: an unknown template, a value that it does not know or lacks, a bad recipient.
 */
export function checkDraft(
  channel: Channel,
  draft: Draft,
  now: number,
): { data: Data; validUntil: number | undefined } {
  checkRecipient(channel, draft.to);
  const template = Object.hasOwn(TEMPLATES[channel], draft.template) && TEMPLATES[channel][draft.template];
  if (!template) throw invalidInput(`there is no ${channel} template "${draft.template}"`);
  const { expiresAt, ...given } = draft.data;
  const known = [...template.needs, ...template.may];
  const problems: Problem[] = [];
  const data: Data = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const wanted = (NUMBERS as readonly string[]).includes(name) ? 'number' : 'string';
    const pointer = `/data/${name}`;
    if (!known.includes(name)) problems.push({ pointer, message: `is not known; known are ${known.join(', ')}` });
    else if (typeof value !== wanted) problems.push({ pointer, message: `must be a ${wanted}` });
    else if (isLink(name) && !isWebUri(String(value)))
      problems.push({ pointer, message: 'must be an http or https URI' });
    else data[name] = value;
  }
  for (const name of template.needs)
    if (data[name] === undefined) problems.push({ pointer: `/data/${name}`, message: 'is missing' });
  if (problems.length > 0)
    throw invalidInput(problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; '), problems);
  return { data, validUntil: expiresAt === undefined ? endOf(data, now) : Number(expiresAt) };
}

/** What a message says of its life holds for itself. */
function endOf({ minutes, days }: Data, now: number): number | undefined {
  if (minutes !== undefined) return now + Number(minutes) * 60_000;
  return days === undefined ? undefined : now + Number(days) * 86_400_000;
}
