import type { SmsSender } from '../../config/transports.ts';
import type { Clock } from '../../core/clock.ts';
import { webhookHeaders } from '../../core/standard-webhooks.ts';
import { blocked, type Outcome, outcomeOf } from '../../outbox/outcome.ts';
import type { TextMessage } from '../email.ts';

type Deps = { fetch: typeof globalThis.fetch; clock: Clock };
type Webhook = Extract<SmsSender, { provider: 'webhook' }>;
type Twilio = Extract<SmsSender, { provider: 'twilio' }>;

/** Hands a text message to who sends it. `fetch` must be the guarded one: the URL is a tenant's. */
export const sendSms = (sender: SmsSender, message: TextMessage, deps: Deps): Promise<Outcome> =>
  sender.provider === 'webhook' ? byWebhook(sender, message, deps) : byTwilio(sender, message, deps);

function byWebhook({ url, secret }: Webhook, message: TextMessage, { fetch, clock }: Deps): Promise<Outcome> {
  const { id, tenantId, to, text } = message;
  const now = clock();
  const timestamp = new Date(now).toISOString();
  const body = JSON.stringify({ type: 'sms.message', timestamp, data: { id, tenant: tenantId, to, text } });
  return post(fetch, url, webhookHeaders(secret, id, now, body), body, 'the webhook');
}

function byTwilio(sender: Twilio, { to, text }: TextMessage, { fetch }: Deps): Promise<Outcome> {
  const { account_sid, auth_token, from } = sender;
  const url = `${sender.url.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(account_sid)}/Messages.json`;
  const body = new URLSearchParams({
    To: to,
    [from.startsWith('MG') ? 'MessagingServiceSid' : 'From']: from,
    Body: text,
  });
  const headers = {
    authorization: `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  return post(fetch, url, headers, body.toString(), 'the SMS service');
}

async function post(
  fetch: typeof globalThis.fetch,
  url: string,
  headers: Record<string, string>,
  body: string,
  who: string,
): Promise<Outcome> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body });
    await response.body?.cancel();
    return outcomeOf(response.status, who);
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return blocked(`${who} cannot be reached: ${cause?.message ?? message}`);
  }
}
