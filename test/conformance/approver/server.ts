import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ACTIONS, type Action, answerNewest, type Person } from './answer.ts';

/**
 * What the suite calls instead of the person (`automated_ciba_approval_url`): POST with `action=allow` or `deny` in the
 * query. It signs in with the password of the document, so it is for a tenant that holds nothing else.
 */
export async function startApprover(issuer: string, person: Person, port = 0, host = '127.0.0.1') {
  const server = createServer(async ({ url }, res) => {
    const action = new URL(url!, 'http://approver').searchParams.get('action') ?? '';
    const answer = (status: number, said: object) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    if (!Object.hasOwn(ACTIONS, action)) return answer(400, { error: 'action must be allow or deny' });
    try {
      await answerNewest(issuer, person, action as Action);
      answer(200, { action });
    } catch (error) {
      answer(500, { error: (error as Error).message });
    }
  }).listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
