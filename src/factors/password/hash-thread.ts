/** The thread of `verifier-threads.ts`. */
import { parentPort } from 'node:worker_threads';
import { schemeOf } from './foreign/schemes.ts';
import type { Verdict } from './verifier-threads.ts';

parentPort!.on('message', async ({ hash, password }: { hash: string; password: string }) => {
  try {
    const verify = schemeOf(hash)?.verifier(hash);
    answer({ valid: verify !== undefined && (await verify(password)) });
  } catch (error) {
    answer({ error: (error as Error).message });
  }
});

const answer = (verdict: Verdict) => parentPort!.postMessage(verdict);
