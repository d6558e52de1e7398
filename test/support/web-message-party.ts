import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of a client that opens the authorization page in a window, or has it in a frame, and keeps what it is told. */
export async function startOpener(host: 'localhost' | '127.0.0.1') {
  const page = `<!DOCTYPE html><title>opener</title><body>
    <script>
      window.told = [];
      addEventListener('message', ({ origin, data }) => {
        if (data && data.type === 'authorization_response') told.push({ origin, response: data.response });
      });
      const url = new URLSearchParams(location.search).get('to');
      window.begin = () => { window.popup = open(url, 'sign-in', 'popup'); };
      window.frame = () => {
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(frame);
      };
    </script>`;
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'text/html');
    res.end(page);
  }).listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
