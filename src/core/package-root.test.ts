import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { packageRoot } from './package-root.ts';

test('from source, the root is the folder of package.json', () => {
  expect(existsSync(join(packageRoot, 'package.json'))).toBe(true);
  expect(existsSync(join(packageRoot, 'src', 'core', 'package-root.ts'))).toBe(true);
});

test('once built, the root is the folder that holds dist', async () => {
  const installed = mkdtempSync(join(tmpdir(), 'gatehouse-root-'));
  try {
    mkdirSync(join(installed, 'dist', 'core'), { recursive: true });
    cpSync(join(packageRoot, 'package.json'), join(installed, 'package.json'));
    const built = join(installed, 'dist', 'core', 'package-root.js');
    writeFileSync(built, stripTypeScriptTypes(readFileSync(join(packageRoot, 'src/core/package-root.ts'), 'utf8')));
    const module = await import(pathToFileURL(built).href);
    expect(module.packageRoot).toBe(installed + sep);
  } finally {
    rmSync(installed, { recursive: true });
  }
});
