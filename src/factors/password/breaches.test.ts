import { hash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startHttpServer } from '../../../test/support/http-server.ts';
import { createGuardedFetch } from '../../core/guarded-fetch.ts';
import { networks } from '../../core/networks.ts';
import { tenantSettings } from '../../tenants/settings.ts';
import { createBreaches } from './breaches.ts';

const LEAKED = 'kX9mQ2vR7tL4wZ8pB3';
const SHA1 = hash('sha1', LEAKED, 'hex').toUpperCase();
const [PREFIX, REST] = [SHA1.slice(0, 5), SHA1.slice(5)];
const OTHERS = ['0018A45C4D1DEF81644B54AB7F969B88D65:10', '003D68EB55068C33ACE09247EE4C639306B:0'];

let service: Awaited<ReturnType<typeof startHttpServer>>;
const events: { type: string; details?: Record<string, unknown> }[] = [];
const audit = { record: async (_: string, event: (typeof events)[number]) => void events.push(event) };
beforeAll(async () => {
  service = await startHttpServer();
});
afterAll(() => service.stop());
beforeEach(() => {
  events.length = 0;
  service.state.received.length = 0;
});

const asking = (more = {}, timeout = 60_000) => {
  const fetch = createGuardedFetch(networks(['127.0.0.0/8']), undefined, timeout);
  const settings = tenantSettings.parse({ password: { breaches: { url: `${service.url}/api/`, ...more } } });
  const breaches = createBreaches({ fetch, audit: audit as never, clock: Date.now });
  return [breaches, { id: 'acme', name: 'Acme', settings }] as const;
};
const check = (password: string, more = {}, timeout?: number) => {
  const [breaches, owner] = asking(more, timeout);
  return breaches.check(owner, password);
};
const knows = (password: string, more = {}, timeout?: number) => {
  const [breaches, owner] = asking(more, timeout);
  return breaches.knows(owner, password);
};
const answer = (lines: string[]) => {
  service.state.answer = (_, res) => void res.end(lines.join('\r\n'));
};

test('a leaked password is refused, and the service has seen five digits of it', async () => {
  answer([...OTHERS, `${REST}:3`]);
  await expect(check(LEAKED)).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [{ pointer: '/password', reason: 'breached' }],
  });
  const [asked] = service.state.received;
  expect(asked).toMatchObject({
    method: 'GET',
    path: `/api/range/${PREFIX}`,
    headers: { 'add-padding': 'true' },
    body: '',
  });
  expect(JSON.stringify(asked)).not.toContain(REST);
});

test.each([
  ['others of the range', OTHERS],
  ['itself as padding', [...OTHERS, `${REST}:0`]],
])('%s leave it fine', async (_, lines) => {
  answer(lines);
  await check(LEAKED);
  expect(events).toEqual([]);
});

test('of a right password it is told, and refused is nobody', async () => {
  answer([...OTHERS, `${REST}:3`]);
  expect(await knows(LEAKED)).toBe(true);
  answer(OTHERS);
  expect(await knows(LEAKED)).toBe(false);
  service.state.received.length = 0;
  answer([...OTHERS, `${REST}:3`]);
  expect(await knows(LEAKED, { at_sign_in: false })).toBe(false);
  expect(service.state.received).toEqual([]);
  service.state.answer = (_, res) => void res.writeHead(500).end();
  expect(await knows(LEAKED, { when_down: 'refuse' })).toBe(false);
  expect(events).toEqual([]);
});

test('nobody is asked without the setting', async () => {
  const breaches = createBreaches({
    fetch: () => Promise.reject(new Error('asked')),
    audit: audit as never,
    clock: Date.now,
  });
  const owner = { id: 'acme', name: 'Acme', settings: tenantSettings.parse({}) };
  await breaches.check(owner, LEAKED);
  expect(await breaches.knows(owner, LEAKED)).toBe(false);
});

describe('a service that does not answer', () => {
  const bad: [string, () => void][] = [
    ['an error', () => (service.state.answer = (_, res) => void res.writeHead(500).end())],
    ['a redirect', () => (service.state.answer = (_, res) => void res.writeHead(302, { location: '/x' }).end())],
    ['a page', () => answer(['<html>sign in to the hotel</html>'])],
    ['too much', () => answer(Array.from({ length: 3000 }, () => OTHERS[0]!))],
    ['nothing', () => (service.state.answer = () => {})],
  ];

  test.each(bad)('%s: the password is taken, and that is on record', async (_, arrange) => {
    arrange();
    await check(LEAKED, {}, 200);
    expect(events).toMatchObject([{ type: 'password.unchecked', outcome: 'failure', details: { accepted: true } }]);
    expect(JSON.stringify(events)).not.toContain(LEAKED);
  });

  test.each(bad)('%s: where the tenant insists, it is not', async (_, arrange) => {
    arrange();
    await expect(check(LEAKED, { when_down: 'refuse' }, 200)).rejects.toMatchObject({
      code: 'unavailable',
      status: 503,
    });
    expect(events).toMatchObject([{ details: { accepted: false } }]);
  });
});
