/** The thread of `hash-threads.ts`. */
import { parentPort } from 'node:worker_threads';
import { hashSync } from 'bcrypt';
import { schemeOf } from './foreign/schemes.ts';
import type { Job, Outcome } from './hash-threads.ts';
import { yieldToOthers } from './yield-to-others.ts';

yieldToOthers();

parentPort!.on('message', async (job: Job) => {
  try {
    answer({ value: await done(job) });
  } catch (error) {
    answer({ error: (error as Error).message });
  }
});

async function done(job: Job): Promise<string | boolean> {
  if ('cost' in job) return hashSync(job.password, job.cost);
  const verify = schemeOf(job.hash)?.verifier(job.hash);
  return verify !== undefined && (await verify(job.password));
}

const answer = (outcome: Outcome) => parentPort!.postMessage(outcome);
