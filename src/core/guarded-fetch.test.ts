import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createGuardedFetch, RESPONSE_LIMIT } from './guarded-fetch.ts';
import type { Lookup } from './guarded-lookup.ts';
import { networks } from './networks.ts';

const NONE = networks([]);
const LOOPBACK = networks(['127.0.0.0/8', '::1']);

/** What listens inside: it is to see nothing, not even a handshake. */
let connects = 0;
const canary = createServer((socket) => {
  connects += 1;
  socket.destroy();
});
let port: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '::', resolve));
  ({ port } = canary.address() as AddressInfo);
});
afterAll(() => void canary.close());

/** A name server under an attacker: one answer after the other, the last one for ever. */
const answering = (...answers: string[][]): Lookup & { asked: string[] } => {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1]!;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(lookup, { asked });
};

/** The innermost reason. */
const reasonOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'answered',
    (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
  );

describe('T117 what is inside is not connected to', () => {
  const LITERALS = [
    '127.0.0.1',
    '127.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '%31%32%37.0.0.1',
    '①②⑦.0.0.1',
    '0.0.0.0',
    '0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.0.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
    '[::127.0.0.1]',
    '[4000::1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[100::1]',
  ];
  test.each(LITERALS)('%s', async (host) => {
    const guarded = createGuardedFetch(NONE, answering(['127.0.0.1']));
    for (const scheme of ['https', 'http']) {
      expect(await reasonOf(guarded(`${scheme}://${host}:${port}/`))).toMatch(/not a public address/);
    }
    expect(connects).toBe(0);
  });

  test.each(['localhost', 'localhost.', 'LOCALHOST', 'ip6-localhost'])(
    '%s, by the resolver of this machine',
    async (host) => {
      const attempt = reasonOf(createGuardedFetch(NONE)(`https://${host}:${port}/`));
      expect(await attempt).toMatch(/not a public address|ENOTFOUND|EAI_AGAIN/);
      expect(connects).toBe(0);
    },
  );

  const NAMES: [string, string[]][] = [
    ['private', ['10.0.0.1']],
    ['loopback', ['127.0.0.1']],
    ['loopback, by IPv6', ['::1']],
    ['mapped', ['::ffff:127.0.0.1']],
    ['public, and one private beside it', ['93.184.216.34', '127.0.0.1']],
    ['metadata of a cloud', ['169.254.169.254']],
    ['none at all', []],
  ];
  test.each(NAMES)('a name whose addresses are %s', async (_name, addresses) => {
    const guarded = createGuardedFetch(NONE, answering(addresses));
    expect(await reasonOf(guarded(`https://rp.example:${port}/`))).toMatch(/not a public address/);
    expect(connects).toBe(0);
  });

  test('a name that is public when asked first, and loopback when asked again (rebinding)', async () => {
    const lookup = answering(['192.0.2.1', '93.184.216.34'], ['127.0.0.1']);
    expect(await reasonOf(createGuardedFetch(NONE, lookup)(`https://rp.example:${port}/`))).toMatch(/not a public/);
    const opened = answering(['127.0.0.1'], ['10.0.0.1']);
    expect(await reasonOf(createGuardedFetch(LOOPBACK, opened)(`http://rp.example:${port}/`))).toMatch(/not a public/);
    expect(connects).toBe(0);
  });

  test('the connection goes to the address that was checked: the name is asked for once', async () => {
    const lookup = answering(['127.0.0.1'], ['192.0.2.1']);
    const before = connects;
    await reasonOf(createGuardedFetch(LOOPBACK, lookup)(`https://rp.example:${port}/`));
    expect({ asked: lookup.asked, connects: connects - before }).toEqual({ asked: ['rp.example'], connects: 1 });
    connects = 0;
  });
});

describe('T118 of what may be connected to', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  async function serve(listener: RequestListener): Promise<string> {
    server = createHttpServer(listener);
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  /** What a busy machine answers counts as an answer. */
  const PATIENCE = 60_000;
  const opened = createGuardedFetch(LOOPBACK, undefined, PATIENCE);

  test('a network that was opened is reached, by http as well', async () => {
    const url = await serve((_req, res) => res.end('{"keys":[]}'));
    expect(await (await opened(url)).json()).toEqual({ keys: [] });
    expect(
      await (
        await createGuardedFetch(LOOPBACK, answering(['127.0.0.1']), PATIENCE)(url.replace('127.0.0.1', 'rp.example'))
      ).text(),
    ).toBe('{"keys":[]}');
  });

  test.each(['http://93.184.216.34/', 'http://rp.example/', 'ftp://rp.example/', 'file:///etc/passwd', 'data:,x'])(
    'only https elsewhere: not %s',
    async (url) => {
      expect(await reasonOf(createGuardedFetch(LOOPBACK, answering(['93.184.216.34']))(url))).toMatch(/only https:/);
    },
  );

  test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
    let asked = 0;
    const url = await serve((req, res) => {
      asked += 1;
      res.writeHead(status, { location: req.url === '/' ? '/there' : '/' }).end();
    });
    expect(await reasonOf(opened(url))).toMatch(/redirect/);
    expect((await opened(url, { redirect: 'manual' })).status).toBe(status);
    expect(await reasonOf(opened(url, { redirect: 'follow' }))).toMatch(/redirect/);
    expect(asked).toBe(3);
  });

  test.each<[string, (res: Parameters<RequestListener>[1], chunk: Buffer) => void]>([
    ['with its length', (res, chunk) => res.writeHead(200, { 'content-length': chunk.length }).end(chunk)],
    [
      'in chunks',
      (res, chunk) => {
        res.write(chunk);
        res.end();
      },
    ],
  ])('an answer that is too large is not read to its end, %s', async (_name, send) => {
    const url = await serve((_req, res) => send(res, Buffer.alloc(RESPONSE_LIMIT * 100, 'x')));
    const read = opened(url).then((response) => response.text());
    expect(await reasonOf(read)).toMatch(/max/i);
    await new Promise((resolve) => server!.close(resolve));
    const small = await serve((_req, res) => send(res, Buffer.alloc(RESPONSE_LIMIT, 'x')));
    expect(await (await opened(small)).text()).toHaveLength(RESPONSE_LIMIT);
  });

  test('an answer that does not come, or comes drop by drop, is given up', async () => {
    const url = await serve((req, res) => {
      if (req.url === '/drip') setInterval(() => res.write(' '), 100).unref();
    });
    const hasty = createGuardedFetch(LOOPBACK, undefined, 500);
    const attempts = [hasty(url), hasty(`${url}drip`).then((response) => response.text())];
    expect(await Promise.all(attempts.map(reasonOf))).toEqual([
      expect.stringMatching(/timeout/i),
      expect.stringMatching(/timeout/i),
    ]);
  });
});
