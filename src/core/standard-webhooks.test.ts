import { expect, test } from '@jest/globals';
import { WEBHOOK_SECRET, webhookHeaders } from './standard-webhooks.ts';

test('signs as the example of the specification', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = '{"test": 2432232314}';
  expect(webhookHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, body)).toEqual({
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
  expect(secret).toMatch(WEBHOOK_SECRET);
});

test.each(['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_short', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La*aSw'])(
  '%s is no secret',
  (secret) => expect(secret).not.toMatch(WEBHOOK_SECRET),
);
