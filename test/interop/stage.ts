import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/core/package-root.ts';
import { type Node, startNode } from '../support/node-process.ts';
import { freePort } from '../support/ports.ts';
import { USER } from './person.ts';

export const REFRESH_LEEWAY = 1;

export type Metadata = Record<string, unknown> & { client_id: string };
export type Stage = {
  issuer: string;
  /** Answers, but with the documents of `issuer`. */
  otherIssuer: string;
  stop(): Promise<void>;
};

/** A Gatehouse as somebody starts it, who has applied a file with one tenant, these clients and a user. */
export async function setStage(clients: Metadata[]): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-interop-'));
  const port = await freePort();
  const env = {
    GATEHOUSE_DATA: join(folder, 'data'),
    GATEHOUSE_URL: `http://localhost:${port}`,
    PORT: String(port),
  };
  const file = join(folder, 'interop.yaml');
  const tenant = {
    id: 'interop',
    name: 'Interop Inc',
    settings: { tokens: { refresh_retry_leeway: REFRESH_LEEWAY } },
    clients,
    users: [{ ...USER, email_verified: true }],
  };
  writeFileSync(file, stringify({ tenants: [tenant] }));
  const command = [join(packageRoot, 'bin/gatehouse.js'), 'apply', file];
  execFileSync(process.execPath, command, { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  const node: Node = await startNode(env);
  const issuerAt = (host: string) => `http://${host}:${port}/t/interop`;
  return {
    issuer: issuerAt('localhost'),
    otherIssuer: issuerAt('127.0.0.1'),
    async stop() {
      await node.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
