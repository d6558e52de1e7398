import { createHmac } from 'node:crypto';

/** A secret of Standard Webhooks as it is written: 24 to 64 bytes. */
export const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/**
 * The headers by which a receiver knows who sent a body and that it is no replay (Standard Webhooks 1.0).
 * `id`: of the message, the same when it is sent again. `at`: now, in milliseconds.
 */
export function webhookHeaders(secret: string, id: string, at: number, body: string): Record<string, string> {
  const timestamp = Math.floor(at / 1000);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
