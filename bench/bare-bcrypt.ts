import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';

/**
 * The yardstick for sign-ins: nothing but the comparison of a password, as many at once as there are cores. A child process,
 * `bare-bcrypt.ts COST`, that is told how many, and answers when they are done.
 */
const hash = await bcrypt.hash('a long passphrase', Number(process.argv[2]));

process.on('message', async (count: number) => {
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      if (!(await bcrypt.compare('a long passphrase', hash))) throw new Error('not the same');
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, work));
  process.send!('done');
});
process.send!('ready');
