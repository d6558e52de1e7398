import type { IncomingMessage, ServerResponse } from 'node:http';
import { cookieValues } from '../core/cookie-header.ts';
import { open, seal } from '../core/sealing.ts';

/** Browsers keep 4096 bytes for name, value and attributes (RFC 6265bis 5.6). */
const MAX_VALUE = 3800;

export type SealedCookie<T> = {
  /** What the browser brought, `undefined` when absent, foreign or too old. */
  read(req: IncomingMessage): T | undefined;
  /** False when the value is too large to be kept: nothing is set. */
  write(res: ServerResponse, value: T): boolean;
  clear(res: ServerResponse): void;
};

/** State that lives with the browser alone, so that any node can go on: sealed, below `/demo`, for `maxAge` seconds. */
export function sealedCookie<T>(name: string, key: Buffer, secure: boolean, maxAge: number): SealedCookie<T> {
  const context = `demo cookie ${name}`;
  const attributes = `Path=/demo; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  const set = (res: ServerResponse, value: string, age: number) =>
    res.appendHeader('set-cookie', `${name}=${value}; Max-Age=${age}; ${attributes}`);
  return {
    read(req) {
      const [sealed] = cookieValues(req.headers.cookie, name);
      if (!sealed) return undefined;
      try {
        const { value, expires } = JSON.parse(open(key, sealed, context).toString());
        return expires > Date.now() ? value : undefined;
      } catch {
        return undefined;
      }
    },
    write(res, value) {
      const sealed = seal(key, JSON.stringify({ value, expires: Date.now() + maxAge * 1000 }), context);
      if (sealed.length > MAX_VALUE) return false;
      set(res, sealed, maxAge);
      return true;
    },
    clear: (res) => void set(res, '', 0),
  };
}
