import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/package-root.ts';
import { authlib, type Client, goOidc, nimbus, oauth2Proxy, openidconnectRs } from './clients.ts';
import { complaint } from './command.ts';
import { seenBy } from './dialogue.ts';
import { type Check, judge } from './judge.ts';
import { door, scenario } from './oauth2-proxy/scenario.ts';
import { createPerson } from './person.ts';
import { type Metadata, REFRESH_LEEWAY, type Stage, setStage } from './stage.ts';

/**
 * Complete sign-ins by clients of other languages, one after another: `npm run interop [NAME...]`. A client whose
 * toolchain is not here, or whose registry does not answer, is skipped; one that is there and fails is a failure. The
 * last line is "N passed, N failed, N skipped".
 */

/** Milliseconds: for one step, and for getting and building all clients, so that CI ends whatever a registry does. */
const LIMITS = { ask: 20_000, fetch: 120_000, build: 240_000, run: 90_000, all: 600_000 };
const deadline = performance.now() + LIMITS.all;
const within = (limit: number) => Math.max(1, Math.min(limit, deadline - performance.now()));

/** Where the applications would be; nobody is there, their addresses end each visit. */
const WEB = 'https://app.example.com/';
const SECRET = 'secret-of-the-interop-clients-0123456789abcdef';

const grants = { grant_types: ['authorization_code', 'refresh_token'] };
const web = { ...grants, redirect_uris: [`${WEB}callback`], post_logout_redirect_uris: [`${WEB}bye`] };
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const { d: _secret, ...publicKey } = key;

type Program = {
  client: (place: { source: string; work: string }) => Client;
  metadata: Omit<Metadata, 'client_id'>;
  refuses: string[];
  home?: string;
  redirectUri?: string;
  env?: Record<string, string>;
};
const programs: Record<string, Program> = {
  authlib: { client: authlib, metadata: { ...web, client_secret: SECRET }, refuses: ['state', 'nonce'] },
  'go-oidc': {
    client: goOidc,
    metadata: { ...web, client_secret: SECRET, userinfo_signed_response_alg: 'RS256' },
    refuses: ['audience', 'issuer'],
  },
  nimbus: {
    client: nimbus,
    metadata: {
      ...web,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...publicKey, kid: 'nimbus' }] },
      id_token_signed_response_alg: 'ES256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    },
    env: { CLIENT_KEY: JSON.stringify({ ...key, kid: 'nimbus' }) },
    refuses: ['nonce', 'issuer'],
  },
  'openidconnect-rs': {
    client: openidconnectRs,
    metadata: {
      ...grants,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      post_logout_redirect_uris: ['http://127.0.0.1/bye'],
    },
    home: 'http://127.0.0.1',
    // Whatever port was free (RFC 8252 7.3).
    redirectUri: 'http://127.0.0.1:50123/callback',
    refuses: ['nonce', 'issuer'],
  },
};
const wanted = process.argv.slice(2);
const proxyDoor = await door(SECRET);
const stage = await setStage([
  ...Object.entries(programs).map(([client_id, { metadata }]) => ({ ...metadata, client_id })),
  proxyDoor.metadata,
]);

const counts = { passed: 0, failed: 0, skipped: 0 };
const say = (text: string) => console.log(text);

try {
  for (const [name, program] of Object.entries(programs)) {
    await play(name, program.client, (client) => signIns(name, client, program, stage));
  }
  await play('oauth2-proxy', oauth2Proxy, (client) => scenario(client, proxyDoor, stage));
} finally {
  await stage.stop();
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** Gets and builds a client and counts what it shows. */
async function play(name: string, client: Program['client'], scene: (client: Client) => Promise<Check[]>) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  say(`\n${name}`);
  const began = performance.now();
  const work = join(packageRoot, '.cache/interop', name);
  mkdirSync(work, { recursive: true });
  const { needs, fetch, build, ...rest } = client({ source: join(import.meta.dirname, name), work });
  const skip = (why: string, detail: string) => {
    counts.skipped += 1;
    say(`  SKIPPED: ${why}${detail && `\n${detail.trim().slice(-1500)}`}`);
  };
  for (const command of needs) {
    const missing = await complaint(command, LIMITS.ask);
    if (missing) return skip(`${command.run[0]} is not on this machine`, '');
  }
  for (const command of fetch) {
    const absent = await complaint(command, within(LIMITS.fetch));
    if (absent) return skip('the registry did not give what it needs', absent.text);
  }
  let checks: Check[];
  try {
    for (const command of build) {
      const broken = await complaint(command, within(LIMITS.build));
      if (broken?.isLate) return skip('this machine takes too long to build it', broken.text);
      if (broken) throw new Error(broken.text);
    }
    const built = performance.now();
    checks = await scene({ needs, fetch, build, ...rest });
    say(
      `  built in ${((built - began) / 1000).toFixed(1)} s, ran for ${((performance.now() - built) / 1000).toFixed(1)} s`,
    );
  } catch (error) {
    say(String(error));
    checks = [{ name: 'it runs to its end', ok: false }];
  }
  for (const { name: what, ok } of checks) {
    counts[ok ? 'passed' : 'failed'] += 1;
    say(`  ${ok ? 'ok    ' : 'FAILED'} ${what}`);
  }
}

/** Lets a client program sign a person in, and judges what it saw. */
async function signIns(name: string, { start }: Client, program: Program, { issuer, otherIssuer }: Stage) {
  const person = createPerson(program.home ?? WEB);
  const visits: string[] = [];
  const env = {
    ISSUER: issuer,
    OTHER_ISSUER: otherIssuer,
    CLIENT_ID: name,
    CLIENT_SECRET: SECRET,
    REDIRECT_URI: program.redirectUri ?? `${WEB}callback`,
    POST_LOGOUT_REDIRECT_URI: `${program.home ? `${program.home}/` : WEB}bye`,
    REFRESH_LEEWAY: String(REFRESH_LEEWAY),
    ...program.env,
  };
  const visit = async (address: string) => {
    visits.push(await person.visit(address));
    return visits.at(-1)!;
  };
  const seen = await seenBy({ ...start, env }, visit, LIMITS.run);
  return judge(seen, { issuer, clientId: name, answer: visits[0]!, refuses: program.refuses });
}
