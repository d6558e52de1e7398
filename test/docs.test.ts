import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { gatehouse, help } from '../docs/cli-reference.ts';
import { pages } from '../docs/generate.ts';
import { anchorsOf, blocksOf, linksOf } from './support/markdown.ts';

const files = [...globSync('*.md'), ...globSync('docs/**/*.md')];
const read = (path: string) => readFileSync(path, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(files)('%s links only to what is there', (file) => {
  const broken = linksOf(read(file)).filter((link) => {
    if (/^[a-z]+:/.test(link)) return !link.startsWith('https://');
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : resolve(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('the README leads to every page for users', () => {
  const led = linksOf(read('README.md'));
  const pagesForUsers = globSync('docs/{tutorials,how-to,explanation,reference}/*.md');
  expect(pagesForUsers.length).toBeGreaterThan(20);
  expect(pagesForUsers.filter((page) => !led.includes(page))).toEqual([]);
});

test('the reference pages are what the code says (npm run docs)', () => {
  for (const [path, text] of Object.entries(pages)) expect(read(join('docs', path))).toBe(text);
});

describe('commands in the documents', () => {
  const commands = files.flatMap((file) =>
    blocksOf(read(file))
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.trim().split(/\n|&&/))
      .map((command) => [command.trim(), file] as const),
  );
  const unique = [...new Map(commands)];

  test('there are some', () => expect(unique.length).toBeGreaterThan(5));

  test.each(unique)('%s (%s)', (command) => {
    const [program, ...args] = command.split(' ');
    if (program === 'npx' && args[0] === 'gatehouse') return checkGatehouse(args.slice(1));
    if (program === 'npm') return checkNpm(args);
    expect(command).toBe('docker compose up');
  });

  function checkNpm([verb = '', name = '']: string[]): void {
    if (verb === 'ci') expect(existsSync('package-lock.json')).toBe(true);
    else expect(scripts).toHaveProperty(verb === 'run' ? name : verb);
  }

  /** Each word is a command of the one before it, an option it has, or one of its arguments. */
  function checkGatehouse(words: string[]): void {
    let command = gatehouse;
    let operands = 0;
    for (const word of words) {
      const sub = command.commands.find((candidate) => candidate.name() === word);
      if (sub) command = sub;
      else if (word.startsWith('--')) expect(help(command)).toContain(word);
      else operands += 1;
    }
    expect(command).not.toBe(gatehouse);
    expect(operands).toBe(command.registeredArguments.filter(({ required }) => required).length);
  }
});

describe('files to apply are taken', () => {
  const examples = files.flatMap((file) =>
    blocksOf(read(file))
      .filter(({ language, text }) => language === 'yaml' && text.startsWith('tenants:'))
      .map(({ text }, i) => [`${file} #${i + 1}`, text] as const),
  );
  const all = [...examples, ['deploy/first.yaml', read('deploy/first.yaml')] as const];

  test.each(all)('%s', async (name, text) => {
    const file = join(folder, `${name.replaceAll(/\W/g, '-')}.yaml`);
    writeFileSync(file, text);
    // Some have clients with certificates.
    const certificates = { GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert', GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1' };
    const env = { PATH: process.env.PATH, GATEHOUSE_DATA: join(folder, 'data'), ...certificates };
    const planned = promisify(execFile)(process.execPath, ['bin/gatehouse.js', 'apply', file, '--plan'], { env });
    // Exit code 3 says that there is something to do.
    await expect(planned).rejects.toMatchObject({ code: 3, stdout: expect.stringMatching(/\d+ to create/) });
  });
});

test('every audit event is in its reference, and no other', () => {
  const source = globSync('src/**/*.ts')
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read)
    .join('\n');
  const reference = read('docs/reference/audit-events.md');
  const documented = [...reference.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map((match) => match[1]!),
  );
  expect(documented.length).toBeGreaterThan(20);
  for (const type of documented) expect(source).toContain(`'${type}'`);
  const texts = JSON.parse(read('config/locales/en.json')) as object;
  const nouns = new Set(documented.map((type) => type.split('.')[0]));
  for (const [, type = '', noun] of source.matchAll(/'(([a-z_]+)\.[a-z_]+)'/g)) {
    // The protocol core's own names, and what a tenant's old system is asked.
    const isNone = /\.(error|success|verify)$/.test(type) || Object.hasOwn(texts, type);
    if (nouns.has(noun) && !isNone) expect(documented).toContain(type);
  }
});
