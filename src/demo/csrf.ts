import type { IncomingMessage, ServerResponse } from 'node:http';
import { equal } from '../core/hashing.ts';
import { randomSecret } from '../core/ids.ts';
import { open, seal } from '../core/sealing.ts';
import { sealedCookie } from './cookies.ts';

const CONTEXT = 'demo csrf';
const LIFE = 86_400;

/** A form is taken only from the browser that it was shown to: the field must open to the browser's own cookie. */
export function createCsrf(key: Buffer, secure: boolean) {
  const browser = sealedCookie<string>('gatehouse_demo_browser', key, secure, LIFE);
  return {
    /** The value for the form's field `csrf`. */
    token(req: IncomingMessage, res: ServerResponse): string {
      const id = browser.read(req) ?? randomSecret(128);
      browser.write(res, id);
      return seal(key, id, CONTEXT);
    },
    accepts(req: IncomingMessage, field: string | null): boolean {
      const site = req.headers['sec-fetch-site'];
      const id = browser.read(req);
      if (!id || !field || (site !== undefined && site !== 'same-origin')) return false;
      try {
        return equal(open(key, field, CONTEXT).toString(), id);
      } catch {
        return false;
      }
    },
  };
}
