import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lays the crate out in a folder, with its lock. The lock is kept without the address of the registry, which is this
 * machine's affair: cargo is asked for it.
 */
const [target = ''] = process.argv.slice(2);
const source = import.meta.dirname;
for (const part of ['Cargo.toml', 'src']) cpSync(join(source, part), join(target, part), { recursive: true });
const lock = join(target, 'Cargo.lock');
execFileSync('cargo', ['generate-lockfile', '--quiet'], { cwd: target });
const registry = /^source = ".*"$/m.exec(readFileSync(lock, 'utf8'))?.[0];
if (!registry) throw new Error('cargo names no registry');
writeFileSync(lock, readFileSync(join(source, 'Cargo.lock'), 'utf8').replaceAll(/^source = "registry"$/gm, registry));
