import { openSqlite } from './open.ts';

/** For the crash tests: writes to the file in argv[2] until killed, and prints each id once its write was answered. */
const [, , path = '', name = ''] = process.argv;
const { artifacts } = (await openSqlite(path)).forTenant('crash');
const payload = { filler: 'x'.repeat(900) };

await Promise.all(
  Array.from({ length: 16 }, async (_, lane) => {
    for (let i = 0; ; i += 1) {
      const id = `${name}-${lane}-${i}`;
      await artifacts.put('Session', id, { ...payload, grantId: id }, 600);
      process.stdout.write(`${id}\n`);
    }
  }),
);
