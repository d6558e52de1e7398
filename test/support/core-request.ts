import supertest from 'supertest';
import { bareCore } from './bare-core.ts';

/** What runs in a request, by the client that the request names: the first thing that a core asks its adapter for. */
const works = new Map<string, () => Promise<unknown>>();
const core = bareCore(async (id) => void (await works.get(id)?.()));

/** Runs `work` in a request of a protocol core, another one at each call, so that `Provider.ctx` is there. */
export async function inRequest<T>(work: () => Promise<T>): Promise<T> {
  const id = `request-${works.size}`;
  let result: Promise<T> | undefined;
  works.set(id, () => {
    result = work();
    return result.catch(() => {});
  });
  await supertest(core.callback()).get(`/auth?client_id=${id}`);
  if (!result) throw new Error('the protocol core did not ask for the client');
  return result;
}
