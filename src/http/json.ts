import type { IncomingMessage } from 'node:http';
import { invalidInput, unsupportedMediaType } from '../core/errors.ts';
import { readBody, utf8 } from './form.ts';

const TYPE = 'application/json';

/** The JSON object of a body. Errors `unsupported_media_type`, `payload_too_large`, `invalid_input`. */
export async function readJsonObject(req: IncomingMessage): Promise<Record<string, unknown>> {
  const [type = ''] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== TYPE || req.headers['content-encoding'])
    throw unsupportedMediaType(req.headers['content-type'] ?? '', TYPE);
  const value = parsed(utf8(await readBody(req), 'the body'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidInput('the body must be a JSON object');
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidInput('the body is not JSON');
  }
}
