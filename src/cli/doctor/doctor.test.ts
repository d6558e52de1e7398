import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { checkIssuer } from './issuer.ts';
import { checkKeys } from './keys.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** An issuer whose discovery document is made from what a request says. */
async function issuerThat(
  document: (issuer: string, forged: string | undefined) => object,
  status = 200,
  headers: Record<string, string> = {},
) {
  server = createServer((req, res) => {
    const forged = req.headers['x-forwarded-host'] as string | undefined;
    res
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(document(issuer, forged)));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/t/a`;
  return issuer;
}
const good = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  op_tos_uri: 'https://x.example',
});

test.each<[string, Parameters<typeof issuerThat>, (string | RegExp)[][]]>([
  [
    'good',
    [good],
    [
      ['ok', /answers with itself/],
      ['ok', /change nothing/],
    ],
  ],
  ['another issuer', [() => ({ issuer: 'http://other.example' })], [['fail', /says it is "http:\/\/other.example"/]]],
  [
    'foreign endpoint',
    [(issuer) => ({ ...good(issuer), token_endpoint: 'http://other.example/token' })],
    [['fail', /token_endpoint elsewhere/]],
  ],
  [
    'believes anybody',
    [(issuer, forged) => ({ ...good(issuer), ...(forged && { jwks_uri: `http://${forged}/jwks` }) })],
    [
      ['ok', /itself/],
      ['fail', /forged.*jwks_uri/],
    ],
  ],
  ['broken', [() => ({}), 503], [['fail', /status 503/]]],
])('an issuer: %s', async (_, [document, status], expected) => {
  const findings = await checkIssuer(await issuerThat(document, status), Date.now);
  expect(findings.map(({ status, message }) => [status, message])).toEqual(
    expected.map(([status, message]) => [status, expect.stringMatching(message!)]),
  );
});

test('a clock that differs', async () => {
  const date = 'Mon, 02 Nov 2026 12:00:00 GMT';
  const findings = await checkIssuer(await issuerThat(good, 200, { date }), () => Date.parse(date) + 60_000);
  expect(findings).toContainEqual({
    check: 'clock',
    status: 'warn',
    message: expect.stringMatching(/by 60 s/),
  });
});

const DAY = 86_400_000;
const now = 1000 * DAY;
const tenant = (activeFrom: number, retiresAt?: number) => ({
  id: 'a',
  version: 1,
  name: 'A',
  skeleton: 'a',
  status: 'active' as const,
  settings: { signing: { algorithms: ['ES256' as const], rotate_after_days: 90 } },
  dataKey: '',
  keys: [{ kid: 'k', alg: 'ES256' as const, sealed: '', activeFrom, ...(retiresAt && { retiresAt }) }],
  createdAt: now - 200 * DAY,
});

test.each([
  ['young', tenant(now - 10 * DAY), 'keys', 'ok'],
  ['old', tenant(now - 91 * DAY), 'keys', 'warn'],
  ['not active yet', tenant(now + DAY), 'keys', 'fail'],
  ['retired', tenant(now - 10 * DAY, now - 1), 'keys', 'fail'],
  ['of settings that are not valid', { ...tenant(now - DAY), settings: { newer: true } as never }, 'keys', 'fail'],
  ['a clock gone back', { ...tenant(now - DAY), createdAt: now + 1 }, 'clock', 'fail'],
])('keys: %s', (_, record, check, status) => {
  expect(checkKeys([record], now)).toContainEqual(expect.objectContaining({ check, status }));
});
