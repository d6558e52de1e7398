import type { Context } from 'koa';
import { isError, type Problem } from '../core/errors.ts';
import { webUri } from '../core/web-uri.ts';
import { wordsFor } from './error-words.ts';
import type { Pages, Visit } from './page.ts';

/** What anybody may know of an error. */
export type PublicError = {
  status: number;
  code: string;
  /** Words for developers; absent when the fault is ours. */
  detail?: string | undefined;
  problems?: Problem[];
  /** Seconds. */
  retryAfter?: number | undefined;
};

/** The site of a client, to begin anew there. */
export type Home = { name: string; uri: string };

export function publicError(error: unknown): PublicError {
  if (!isError(error)) return { status: 500, code: 'server_error' };
  const { status, code, message, problems, retryAfter } = error;
  if (status < 500) return { status, code, detail: message, problems, retryAfter };
  return { status, code: code === 'unavailable' ? code : 'server_error', retryAfter };
}

/** Answers `error` as a page to those who ask for HTML first, else as problem+json. Reveals nothing of a fault of ours. */
export function sendError(pages: Pages, ctx: Context, visit: Visit, error: unknown): void {
  if (ctx.accepts('json', 'html') === 'html') sendErrorPage(pages, ctx, visit, publicError(error));
  else sendProblem(ctx, visit.requestId, publicError(error));
}

/** A page with words, a reference and at most one way on: to `home`, or (an empty link) to this very address. */
export function sendErrorPage(pages: Pages, ctx: Context, visit: Visit, error: PublicError, home?: Home): void {
  const { status, code, detail, retryAfter } = error;
  const { action, ...words } = wordsFor(code, status);
  setRetryAfter(ctx, retryAfter);
  pages.send(ctx, visit, {
    view: 'error',
    status,
    data: {
      words,
      retryAfter: retryAfter ?? 0,
      code,
      detail,
      action: webUri(home?.uri)
        ? { label: 'action.start_again', client: home?.name, href: home?.uri }
        : action && { label: action, href: '' },
    },
  });
}

/** RFC 9457. */
function sendProblem(ctx: Context, requestId: string, error: PublicError): void {
  const { status, code, detail, problems, retryAfter } = error;
  setRetryAfter(ctx, retryAfter);
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = JSON.stringify({
    type: 'about:blank',
    title: code.replaceAll('_', ' '),
    status,
    code,
    detail,
    errors: problems?.length ? problems.map(({ pointer, message }) => ({ pointer, detail: message })) : undefined,
    request_id: requestId,
  });
  ctx.type = 'application/problem+json';
}

const setRetryAfter = (ctx: Context, seconds: number | undefined) => {
  if (seconds !== undefined) ctx.set('Retry-After', String(Math.max(1, Math.ceil(seconds))));
};
