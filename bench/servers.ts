import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../test/support/ports.ts';
import { APP, ASKING, EXCHANGING, KEYED, RESOURCE, SERVICE, TV, USERS, type User, WEB } from './scenario.ts';
import { answers, type Running, start } from './spawn.ts';

export type Server = Running & { issuer: string };

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const GATEHOUSE = path('../bin/gatehouse.js');
/** As `npm start` and the image have them. */
const LIMITS = ['--max-semi-space-size=16', '--max-old-space-size=1024'];

export async function startBare(dir: string, bcryptCost: number): Promise<Server> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const running = await start({
    name: 'bare',
    command: process.execPath,
    args: [path('./bare-server.ts'), String(port), String(bcryptCost)],
    dir,
    ready: answers(`${issuer}/.well-known/openid-configuration`),
  });
  return { ...running, issuer };
}

export type Installation = {
  url: string;
  env: Record<string, string>;
  apply(document: object): Promise<void>;
  /** Resolves when `/health/ready` answers. */
  start(): Promise<Running>;
};

/** A Gatehouse as it runs in production, but for http on the loopback address. Nothing is started yet. */
export async function installGatehouse(
  dir: string,
  options: { bcryptCost: number; env?: Record<string, string> },
): Promise<Installation> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    NODE_ENV: 'production',
    GATEHOUSE_URL: url,
    PORT: String(port),
    HOST: '127.0.0.1',
    GATEHOUSE_DATA: join(dir, 'data'),
    GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    GATEHOUSE_BCRYPT_COST: String(options.bcryptCost),
    GATEHOUSE_DEMO: '0',
    LOG_LEVEL: 'info',
    ...options.env,
  };
  return {
    url,
    env,
    async apply(document) {
      // JSON is YAML.
      const file = join(dir, 'apply.yaml');
      writeFileSync(file, JSON.stringify(document));
      await promisify(execFile)(process.execPath, [GATEHOUSE, 'apply', file], {
        env: { ...process.env, ...env },
        maxBuffer: 64 * 1024 * 1024,
      });
    },
    start: () =>
      start({
        name: 'gatehouse',
        command: process.execPath,
        args: [...LIMITS, GATEHOUSE, 'start'],
        dir,
        env,
        ready: answers(`${url}/health/ready`),
      }),
  };
}

const PLAIN_CLIENTS = [{ ...WEB, skip_consent: true }, SERVICE];
const CLIENTS = [
  { ...WEB, ...EXCHANGING, skip_consent: true },
  { ...APP, skip_consent: true },
  ...[ASKING, SERVICE, KEYED, TV],
];

/**
 * One tenant that holds what the bare server holds; `users` and `settings` over those. `isPlain`: only the clients of the plain
 * workloads, for a tenant that need not offer what the others use.
 */
export async function startGatehouse(
  dir: string,
  options: { bcryptCost: number; env: Record<string, string>; users?: User[]; settings?: object; isPlain?: boolean },
): Promise<Server> {
  const installation = await installGatehouse(dir, options);
  await installation.apply({
    tenants: [
      {
        id: 'bench',
        name: 'Bench',
        settings: {
          protocol: { token_exchange: true },
          resources: [{ indicator: RESOURCE, scopes: ['read'], access_token_format: 'jwt' }],
          ...options.settings,
        },
        clients: options.isPlain ? PLAIN_CLIENTS : CLIENTS,
        users: (options.users ?? USERS).map((user) => ({ ...user, email_verified: true })),
      },
    ],
  });
  const running = await installation.start();
  return { ...running, issuer: `${installation.url}/t/bench` };
}
