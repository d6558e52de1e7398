import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { importsOf, violations } from './support/rooms.ts';

const sources = globSync('src/**/*.ts').filter((path) => !/\.test\.ts$|^src\/store\/contract\//.test(path));

test('the rooms import only what the table allows', () => {
  expect(sources.length).toBeGreaterThan(20);
  const found = sources.flatMap((path) => violations(path.replace(/^src\//, ''), readFileSync(path, 'utf8')));
  expect(found).toEqual([]);
});

describe('the scan finds', () => {
  const cases: [string, string, string, string][] = [
    [
      'the wrong direction',
      'store/x.ts',
      "import { a } from '../tenants/tenant.ts';",
      'store/ must not import tenants/',
    ],
    ['a type of the wrong direction', 'core/x.ts', "import type { A } from '../store/store.ts';", 'core/ must not'],
    ['a surface in a surface', 'login/x.ts', "import { a } from '../admin/a.ts';", 'login/ must not import admin/'],
    ['the app from a room', 'http/x.ts', "import { createApp } from '../app.ts';", 'http/ must not import app/'],
    [
      'several lines',
      'core/x.ts',
      "import {\n  a,\n  b,\n} from '../config/load.ts';",
      'core/ must not import config/',
    ],
    ['a re-export', 'core/x.ts', "export * from '../store/store.ts';", 'core/ must not import store/'],
    ['an import for its effect', 'core/x.ts', "import '../store/store.ts';", 'core/ must not import store/'],
    ['a dynamic import', 'core/x.ts', "const a = await import('../store/store.ts');", 'core/ must not import store/'],
    ['a room without a row', 'attic/x.ts', '', 'the room attic/ is not in the table'],
    ['what lies outside', 'core/x.ts', "import { a } from '../../test/a.ts';", 'outside src/'],
    ['a compiled name', 'core/x.ts', "import { a } from './a.js';", 'does not end in .ts'],
    ['mongoose', 'store/records.ts', "import mongoose from 'mongoose';", 'only store/mongo/ imports mongoose'],
    ['ioredis', 'oidc/x.ts', "import type { Redis } from 'ioredis';", 'only store/redis/ imports ioredis'],
    ['node:sqlite', 'store/mongo/x.ts', "import { DatabaseSync } from 'node:sqlite';", 'only store/sqlite/'],
    ['the core library', 'login/x.ts', "import Provider from 'oidc-provider';", 'only oidc/ imports oidc-provider'],
    ['a deep import', 'oidc/x.ts', "import { a } from 'oidc-provider/lib/a.js';", 'a deep import of oidc-provider'],
    ['the environment', 'cli/x.ts', 'const a = process.env.A;', 'only config/ reads the environment'],
    ['the environment, taken apart', 'store/x.ts', 'const { env } = process;', 'only config/ reads the environment'],
  ];
  test.each(cases)('%s', (_name, path, source, message) => {
    expect(violations(path, source)).toEqual([expect.stringContaining(message)]);
  });
});

test('what is allowed passes', () => {
  const source = [
    "import { readFileSync } from 'node:fs';",
    "import Provider, { errors } from 'oidc-provider';",
    "import type { Tenant } from '../tenants/tenant.ts';",
    "import { a } from './adapter/a.ts';",
    "// import { b } from '../login/b.ts';",
  ].join('\n');
  expect(violations('oidc/provider.ts', source)).toEqual([]);
  expect(violations('app.ts', "import { a } from './login/a.ts';")).toEqual([]);
  expect(importsOf(source)).toHaveLength(4);
});
