import { join } from 'node:path';
import type { Command } from './command.ts';

/** How a client is got, built and started. What it does is in its folder; `docs/how-to` has no part in it. */
export type Client = {
  /** Its folder here. */
  name: string;
  /** Commands that answer only where the toolchain is there. */
  needs: Command[];
  /** Asks registries. */
  fetch: Command[];
  /** Needs what was fetched, and nobody. */
  build: Command[];
  start: Command;
};

/** `source`: the client's folder. `work`: where it may write. */
type Place = { source: string; work: string };

export const authlib = ({ source, work }: Place): Client => {
  const bin = (program: string) => join(work, 'venv/bin', program);
  return {
    name: 'authlib',
    needs: [{ run: ['python3', '-c', 'import ensurepip, venv'] }],
    fetch: [
      { run: ['python3', '-m', 'venv', join(work, 'venv')] },
      {
        run: [
          bin('pip'),
          'install',
          '--quiet',
          '--disable-pip-version-check',
          '--require-hashes',
          '-r',
          join(source, 'requirements.txt'),
        ],
      },
    ],
    build: [],
    start: { run: [bin('python'), join(source, 'app.py')] },
  };
};

/** A Go program, or one that its `go.mod` names as a tool. */
const goClient =
  (name: string, target = '.') =>
  ({ source, work }: Place): Client => ({
    name,
    needs: [{ run: ['go', 'version'] }],
    // Fetches what the build needs; `go mod download` would fetch more.
    fetch: [{ run: ['go', 'list', '-deps', target], cwd: source }],
    build: [{ run: ['go', 'build', '-o', join(work, name), target], cwd: source, env: { GOPROXY: 'off' } }],
    start: { run: [join(work, name)] },
  });

export const goOidc = goClient('go-oidc');
export const oauth2Proxy = goClient('oauth2-proxy', 'github.com/oauth2-proxy/oauth2-proxy/v7');

export const nimbus = ({ source, work }: Place): Client => ({
  name: 'nimbus',
  needs: [{ run: ['javac', '-version'] }, { run: ['mvn', '--version'] }],
  fetch: [
    {
      run: [
        'mvn',
        '--quiet',
        '--batch-mode',
        '-f',
        join(source, 'pom.xml'),
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(work, 'lib')}`,
      ],
    },
  ],
  build: [{ run: ['javac', '-cp', join(work, 'lib/*'), '-d', join(work, 'classes'), join(source, 'App.java')] }],
  start: { run: ['java', '-cp', `${join(work, 'classes')}:${join(work, 'lib/*')}`, 'App'] },
});

export const openidconnectRs = ({ source, work }: Place): Client => ({
  name: 'openidconnect-rs',
  needs: [{ run: ['cargo', '--version'] }],
  fetch: [
    { run: [process.execPath, join(source, 'lock.ts'), work] },
    { run: ['cargo', 'fetch', '--quiet', '--locked'], cwd: work },
  ],
  build: [{ run: ['cargo', 'build', '--quiet', '--locked', '--offline'], cwd: work }],
  start: { run: [join(work, 'target/debug/interop')] },
});
