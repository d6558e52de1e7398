import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback } from '../core/loopback.ts';
import { networks } from '../core/networks.ts';
import type { Assets } from './assets.ts';
import { securityHeaders } from './security-headers.ts';
import type { Views } from './views.ts';

type Message = {
  id: string;
  at: number;
  channel: 'mail' | 'sms';
  tenant: string;
  to: string;
  template: string;
  subject: string;
  text: string;
  html?: string | undefined;
};

export type InboxPagesDeps = {
  inbox: { list(): Promise<Message[]>; get(id: string): Promise<Message | undefined> };
  /** `local`: only for browsers on this machine. */
  access: 'local' | 'open';
  /** The public origin. */
  url: string;
  views: Views;
  assets: Assets;
  fault: (error: unknown) => void;
};

const PAGE =
  "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A mail is a stranger's text: it runs nothing, and knows nothing of the page around it. Its links open elsewhere. */
const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox';
const MAIL = `default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; sandbox ${SANDBOX}`;

/** The development inbox below `/inbox`: what was sent, or would have been. False for all other paths and hosts. */
export function createInboxPages(deps: InboxPagesDeps): (req: IncomingMessage, res: ServerResponse) => boolean {
  const { inbox, url, views, assets } = deps;
  const own = new URL(url).host;
  const isLocal = networks(['127.0.0.0/8', '::1']);

  /** By its own name only: a name of somebody else that leads here (DNS rebinding) makes another site a reader. */
  const isOurs = (host = '') => host === own || isLoopback(host.replace(/:\d+$/, ''));

  /** Behind a proxy everybody seems to be on this machine. */
  const mayRead = (req: IncomingMessage) =>
    deps.access === 'open' ||
    (isLocal(req.socket.remoteAddress ?? '') && !req.headers['x-forwarded-for'] && !req.headers.forwarded);

  async function answer(path: string, res: ServerResponse): Promise<void> {
    const [, , id, part] = path.split('/');
    const page = (view: string, data: object) =>
      send(res, 200, PAGE, views.render(view, { ...data, css: assets.url('inbox.css'), time }));
    if (id === undefined || id === '') return page('inbox', { messages: await inbox.list() });
    const message = await inbox.get(decodeURIComponent(id));
    if (!message) return send(res, 404, PAGE, 'This message is not here any more.', 'text/plain');
    if (part === 'html') return send(res, 200, MAIL, withTarget(message.html ?? ''));
    const links = message.text.match(/https?:\/\/[^\s<>"]+/g) ?? [];
    page('inbox-message', { message: { ...message, html: Boolean(message.html) }, links, sandbox: SANDBOX });
  }

  return (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0]!;
    if ((path !== '/inbox' && !path.startsWith('/inbox/')) || !isOurs(req.headers.host)) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') return false;
    if (!mayRead(req)) {
      send(
        res,
        403,
        PAGE,
        'The inbox is for browsers on this machine. GATEHOUSE_INBOX=true opens it to others.',
        'text/plain',
      );
      return true;
    }
    answer(path, res).catch((error) => {
      deps.fault(error);
      res.destroy();
    });
    return true;
  };

  function send(res: ServerResponse, status: number, policy: string, body: string, type = 'text/html'): void {
    for (const [name, value] of Object.entries(securityHeaders(url))) res.setHeader(name, value);
    if (policy === MAIL) res.setHeader('X-Frame-Options', 'SAMEORIGIN');
    res.setHeader('Content-Security-Policy', policy);
    res.setHeader('Cache-Control', 'no-store');
    res.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
  }
}

const time = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, 19);

/** Links would replace the preview, where most pages refuse to be shown. */
const withTarget = (html: string) => {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, `$&${base}`) : base + html;
};
