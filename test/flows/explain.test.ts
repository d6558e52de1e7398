import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { report } from '../../src/cli/exit.ts';
import { program } from '../../src/cli/program.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestGatehouse } from '../support/gatehouse.ts';
import { webClient } from '../support/relying-party.ts';
import { browserAt, failures, GERMAN, JAPANESE, signInAt, startBehindProxy, tenantOf } from '../support/visitors.ts';

/** `gatehouse explain` beside a server that runs. */

let gatehouse: TestGatehouse;
let tenant: Tenant;
beforeAll(async () => {
  gatehouse = await startBehindProxy();
  const { clients, config } = gatehouse.services;
  Object.assign(process.env, { NODE_ENV: 'test', GATEHOUSE_DATA: config.dataDir, GATEHOUSE_URL: config.url });
  tenant = await tenantOf(gatehouse, 'acme', { authentication: { second_factors: ['totp', 'recovery_code'] } });
  const strict = { skip_consent: true, authentication_policy: { mfa: 'required' } };
  await clients.create(tenant, webClient('strict', strict));
  const wishes = { default_acr_values: ['urn:gatehouse:aal2'], default_max_age: 600 };
  await clients.create(tenant, webClient('bank', { skip_consent: true, ...wishes }));
});
afterAll(() => gatehouse.stop());

async function explain(...args: string[]) {
  const texts: string[] = [];
  const keep = (text: unknown) => texts.push(String(text)) > 0;
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  jest.spyOn(console, 'error').mockImplementation(keep);
  let code = 0;
  try {
    await program().parseAsync(['explain', 'acme', ...args], { from: 'user' });
  } catch (error) {
    code = report(error, false);
  }
  jest.restoreAllMocks();
  return { code, out: texts.join('') };
}
/** Each turn as `step factor`, and how it ends. */
async function steps(...args: string[]) {
  const { code, out } = await explain(...args, '--json');
  if (code !== 0) throw new Error(out);
  const turns = JSON.parse(out) as {
    outcome: { ask?: string; refuse?: string; done?: { aal: number } };
    with?: string;
  }[];
  return turns.map(({ outcome: { ask, refuse, done }, with: factor }) =>
    ask ? [ask, factor].filter(Boolean).join(' ') : (refuse ?? `level ${done!.aal}`),
  );
}

test.each<[string[], string[]]>([
  [[], ['identify password', 'level 1']],
  [
    ['--user', 'ada@example.com'],
    ['identify password', 'level 1'],
  ],
  [
    ['--has', 'password', 'totp', 'recovery_code'],
    ['identify password', 'verify totp', 'level 2'],
  ],
  [
    ['--has', 'password', 'totp', '--trusted-device'],
    ['identify password', 'level 1'],
  ],
  [
    ['--has', 'passkey'],
    ['identify passkey', 'level 2'],
  ],
  [['--has', 'totp'], ['identify']],
  [['--session', '1h:password'], ['level 1']],
  [
    ['--session', '1h:password', '--prompt', 'login'],
    ['verify password', 'level 1'],
  ],
  [
    ['--session', '1h:password', '--max-age', '60'],
    ['verify password', 'level 1'],
  ],
  [['--session', '1h:password', '--max-age', '3600'], ['level 1']],
  [['--session', '1h:password', '60:totp', '--has', 'password', 'totp', '--acr', 'urn:gatehouse:aal2'], ['level 2']],
  [
    ['--prompt', 'create'],
    ['create', 'identify password', 'level 1'],
  ],
  [
    ['--risk', 'deny'],
    ['identify password', 'denied'],
  ],
  [
    ['--risk', 'step_up', '--user', 'ada@example.com'],
    ['identify password', 'verify email_code', 'level 1'],
  ],
  [
    ['--client', 'strict'],
    ['identify password', 'enrol totp', 'recovery_codes', 'level 2'],
  ],
  [
    ['--client', 'bank', '--has', 'password', 'totp', 'recovery_code'],
    ['identify password', 'verify totp', 'level 2'],
  ],
  [
    ['--client', 'bank', '--session', '1h:password,totp', '--has', 'password', 'totp'],
    ['verify password', 'level 2'],
  ],
  [['--client', 'bank', '--session', '1h:password', '--max-age', '7200', '--acr', 'urn:gatehouse:aal1'], ['level 1']],
  [['--acr', 'gold'], ['unmet']],
  [
    ['--acr', 'urn:gatehouse:aal3'],
    ['identify password', 'unmet'],
  ],
])('%j: %j', async (args, expected) => {
  const client = args.includes('--client') ? [] : ['--client', 'first-party'];
  expect(await steps(...client, ...args)).toEqual(expected);
});

test('in words: what is asked with what, what is not, and why', async () => {
  const { code, out } = await explain('--client', 'strict');
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^ +step +with +because$/),
    expect.stringMatching(/^1 +identify +password \(or passkey, upstream\) +nobody is signed in$/),
    expect.stringMatching(/^2 +enrol +totp +the policy asks for a second factor; no factor that would do is enrolled$/),
    expect.stringMatching(/^3 +recovery_codes +there is no way back when the second factor is lost$/),
    expect.stringMatching(/^- +second_factor +not asked +two factors are proven$/),
    '',
    expect.stringMatching(/^signed in: level 2, acr .*, amr pwd otp mfa$/),
  ]);
});

describe('a sign-in that was', () => {
  test('is told with what was asked for on the way, and its risk', async () => {
    await signInAt(tenant, browserAt(GERMAN));
    await signInAt(tenant, browserAt(GERMAN));
    const event = (await gatehouse.services.audit.find(tenant.id)).items.findLast(
      ({ type }) => type === 'sign_in.succeeded',
    )!;
    const { out } = await explain('--request', event.requestId!);
    expect(out).toMatch(/type +sign_in\.succeeded/);
    expect(out).toMatch(/risk +allow \(15\), new_device 15/);
    expect(out).toMatch(/identify +asked +nobody is signed in/);
    expect(out).toMatch(/second_factor +not asked +the user has no second factor/);
  });

  test('is found when it was refused, by the reference of its page', async () => {
    await failures(tenant, 500, () => ({ account: 'nobody@example.com', ip: JAPANESE }));
    const page = await signInAt(tenant, browserAt(JAPANESE), { identifier: 'nobody@example.com' });
    const { out } = await explain('--request', page.headers.get('x-request-id')!);
    expect(out).toMatch(/type +sign_in\.throttled/);
  });
});

test.each([
  [[], 'give --client'],
  [['--client', 'nobody'], 'client "nobody" not found'],
  [['--client', 'strict', '--user', 'eve'], 'user "eve" not found'],
  [['--client', 'strict', '--session', 'yesterday'], '3600:password'],
  [['--client', 'strict', '--session', '60:passwort'], 'there are password, passkey'],
  [['--client', 'strict', '--has', 'luck'], '"luck" is no factor'],
  [['--client', 'strict', '--max-age', '-1'], 'whole number'],
  [['--client', 'strict', '--risk', 'high'], 'allow, step_up, deny'],
  [['--request', 'none'], 'request id "none" not found'],
])('%j is refused: %s', async (args, words) => {
  const { code, out } = await explain(...args);
  expect(code).toBeGreaterThan(0);
  expect(out).toContain(words);
});
