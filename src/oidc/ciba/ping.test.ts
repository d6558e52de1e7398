import { expect, jest, test } from '@jest/globals';
import type { Tenant } from '../../tenants/tenant.ts';
import { createCarryPing } from './ping.ts';

const ENDPOINT = 'https://app.example.com/ping';

function carry(
  answer: () => Promise<Response>,
  metadata: object = { backchannel_client_notification_endpoint: ENDPOINT },
) {
  const fetch = jest.fn<typeof globalThis.fetch>(answer);
  const clients = { get: async () => ({ metadata }) as never };
  const outcome = createCarryPing({ clients, fetch })(
    { id: 'acme' } as Tenant,
    { to: 'support' } as never,
    { auth_req_id: 'the-id', token: 'the-token' },
    AbortSignal.timeout(1000),
  );
  return { fetch, outcome };
}

test('what is sent', async () => {
  const { fetch, outcome } = carry(async () => new Response(null, { status: 204 }));
  expect(await outcome).toEqual({ state: 'sent' });
  expect(fetch.mock.calls).toEqual([
    [
      ENDPOINT,
      {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization: 'Bearer the-token', 'content-type': 'application/json' },
        body: '{"auth_req_id":"the-id"}',
      },
    ],
  ]);
});

test.each([
  [200, 'sent'],
  [301, 'refused'],
  [302, 'refused'],
  [401, 'refused'],
  [403, 'refused'],
  [410, 'refused'],
  [404, 'deferred'],
  [429, 'blocked'],
  [503, 'blocked'],
])('a client that answers with %i: %s', async (status, state) => {
  expect(await carry(async () => new Response('', { status })).outcome).toMatchObject({ state });
});

test('a client that does not answer is called anew', async () => {
  expect(await carry(() => Promise.reject(new Error('away'))).outcome).toMatchObject({ state: 'blocked' });
});

test('a client that wants none any more', async () => {
  const { fetch, outcome } = carry(async () => new Response(), {});
  expect(await outcome).toMatchObject({ state: 'refused' });
  expect(fetch).not.toHaveBeenCalled();
});
