import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { settings } from '../src/config/schema.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

type Service = {
  image?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  read_only?: boolean;
  healthcheck?: { test?: string[] };
};
const compose = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);

describe('compose.yaml', () => {
  test('has two nodes, both stores and a proxy', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['node-1', 'node-2', 'mongo', 'redis', 'proxy', 'first-tenant', 'master-key']),
    );
  });

  test.each(services)('%s depends on what is there, in a way that it can reach', (_name, { depends_on = {} }) => {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const found = compose.services[other];
      expect(found).toBeDefined();
      if (condition === 'service_healthy' && found!.image !== 'gatehouse')
        expect(found!.healthcheck?.test).toBeDefined();
    }
  });

  test.each(services)('%s mounts files and volumes that exist', (_name, { volumes = [] }) => {
    for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
      expect(source.startsWith('.') ? existsSync(source) : source in compose.volumes).toBe(true);
    }
  });

  test('the nodes are told only settings that exist, and cannot write to their root', () => {
    for (const name of ['node-1', 'node-2', 'first-tenant']) {
      const { environment = {}, read_only } = compose.services[name]!;
      const known = Object.keys(settings).flatMap((setting) => [setting, `${setting}_FILE`]);
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
      expect(read_only).toBe(true);
    }
  });
});

describe('Dockerfile', () => {
  const instructions = read('Dockerfile').split('\n');
  const ignore = read('.dockerignore').split('\n');

  test('copies only what exists and is let in', () => {
    const copies = instructions.filter((line) => /^COPY (?!--from)/.test(line));
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources).toEqual(expect.arrayContaining(['src', 'views', 'public', 'config', 'bin', 'LICENSE']));
    for (const source of sources) {
      expect([source, existsSync(source)]).toEqual([source, true]);
      expect(ignore).toContain(`!${source}`);
    }
  });

  test('runs as nobody in particular, by exec', () => {
    expect(instructions).toContain('USER 10001:10001');
    const [entrypoint] = instructions.filter((line) => line.startsWith('ENTRYPOINT'));
    const argv: string[] = JSON.parse(entrypoint!.slice('ENTRYPOINT '.length));
    expect([argv[0], argv.at(-1)]).toEqual(['node', 'bin/gatehouse.js']);
    expect(argv.slice(1, -1).every((flag) => flag.startsWith('--'))).toBe(true);
    expect(instructions.some((line) => line.includes('HEALTHCHECK') && line.includes('CMD ["node"'))).toBe(true);
  });
});

describe('.ci/run', () => {
  test('is a script that bash can read, and may be run', () => {
    execFileSync('bash', ['-n', '.ci/run']);
    expect(statSync('.ci/run').mode & 0o111).toBe(0o111);
  });

  test('runs the tests as the README says', () => {
    expect(read('README.md')).toContain('npm ci && npm test\n');
    expect(read('.ci/run')).toMatch(/^npm ci\b/m);
    expect(read('.ci/run')).toMatch(/^count npm test$/m);
  });
});
