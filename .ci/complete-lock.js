// After a change of dependencies: `npm install`, then `node .ci/complete-lock.js`.
//
// A registry mirror may lack the builds of a package for other platforms (optional dependencies). npm leaves out of the
// lock what it could not see, and `npm ci` then refuses the lock for being incomplete (npm/cli#9846). All that belongs
// there follows from the package that wants them: name, version, platform. They have no checksum here, so that npm asks
// the registry on the machine that needs them.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] || lock.packages[`${path}/node_modules/${name}`]) continue;
    const os = /android|darwin|freebsd|linux|openharmony|win32/.exec(name)?.[0];
    const cpu = /-(arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)\b/.exec(name)?.[1];
    if (!os || !cpu) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      ...(os === 'linux' && { libc: [name.includes('musl') ? 'musl' : 'glibc'] }),
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} added`);
