import type { IncomingMessage } from 'node:http';
import { invalidInput, payloadTooLarge, unsupportedMediaType } from '../core/errors.ts';

/** As oidc-provider's own limit. */
const MAX_BYTES = 56 * 1024;
const MAX_FIELDS = 100;
const TYPE = 'application/x-www-form-urlencoded';

export type Form = ReadonlyMap<string, string>;

/**
 * The fields of a submitted form. Errors `unsupported_media_type`, `payload_too_large`, and `invalid_input` for what
 * could be understood in two ways: a field given twice, bytes that are not UTF-8, NUL.
 */
export const readForm = async (req: IncomingMessage): Promise<Form> => parseForm(await readFormBody(req));

/** The same, not yet parsed. */
export async function readFormBody(req: IncomingMessage): Promise<Buffer> {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  if (type?.trim() !== TYPE || (charset && !/^charset="?utf-?8"?$/.test(charset)) || req.headers['content-encoding']) {
    throw unsupportedMediaType(req.headers['content-type'] ?? '', `${TYPE} in UTF-8`);
  }
  return readBody(req);
}

/** Error `payload_too_large`. */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  if (Number(req.headers['content-length']) > MAX_BYTES) throw payloadTooLarge(MAX_BYTES);
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not destroy the socket that is to carry the refusal; Node drops the rest of the body.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_BYTES) throw payloadTooLarge(MAX_BYTES);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Stricter than URLSearchParams, which turns malformed UTF-8 (lone surrogates too) silently into U+FFFD. */
export function parseForm(body: Buffer): Form {
  const form = new Map<string, string>();
  for (const pair of utf8(body).split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=').map(decode);
    if (form.has(name)) throw invalidInput(`the field "${name.slice(0, 80)}" is given twice, once is allowed`);
    form.set(name, value.join('='));
    if (form.size > MAX_FIELDS) throw invalidInput(`the form has more than ${MAX_FIELDS} fields`);
  }
  return form;
}

/** Error `invalid_input`. */
export function utf8(body: Buffer, what = 'the form'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw invalidInput(`${what} is not UTF-8`);
  }
}

function decode(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidInput('the form has a malformed percent-encoding, it must be UTF-8');
  }
  if (plain.includes('\0')) throw invalidInput('the form has a NUL character, none is allowed');
  return plain;
}
