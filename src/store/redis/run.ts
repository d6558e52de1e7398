import type { Client } from './client.ts';

/**
 * Which run of a Redis process the connection leads to; undefined while that is not known. A process that comes back from
 * an older snapshot, and a replica that takes over, may hold what was overwritten long ago: by its run one can tell.
 */
export function runOf(client: Client): () => string | undefined {
  let run: string | undefined;
  client.on('close', () => {
    run = undefined;
  });
  client.on('ready', () => {
    client.info('server').then(
      (answer) => {
        run = /^run_id:(\w+)/m.exec(answer)?.[1];
      },
      () => {},
    );
  });
  return () => run;
}
