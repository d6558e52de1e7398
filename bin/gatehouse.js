#!/usr/bin/env node
// Plain old syntax until the version is known, so that any Node can say what is wrong.
import { existsSync } from 'node:fs';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `gatehouse needs Node 24 or newer, this is ${process.version}. Run it by npm (npm start, npx gatehouse): the package "node" brings 24. After an install without scripts, run: npm rebuild node`,
  );
  process.exit(78);
}
const source = new URL('../src/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href);
