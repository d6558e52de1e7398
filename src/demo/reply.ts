import type { ServerResponse } from 'node:http';
import type { Failure } from './failures.ts';
import { render } from './pages.ts';

export function seeOther(res: ServerResponse, location: string): void {
  res.writeHead(303, { location }).end();
}

export function fail(res: ServerResponse, { status, title, text, code = '' }: Failure): void {
  send(res, status, render('message', { title, text, code }));
}

export function send(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html);
}
