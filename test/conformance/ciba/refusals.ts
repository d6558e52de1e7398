import { expect } from '@jest/globals';
import type { Answer } from '../../support/raw-client.ts';

/** CIBA Core 13, RFC 6749 5.2: one of these errors with its status, and nothing else in it. */
export function expectError(answer: Answer, ...errors: string[]): void {
  const { status, headers, body } = answer;
  expect({ status, error: errors.find((error) => error === body.error) ?? body }).toEqual({
    status: STATUS[body.error] ?? 400,
    error: expect.any(String),
  });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(['error', 'error_description', 'error_uri']).toEqual(expect.arrayContaining(Object.keys(body)));
  expect(body.error_description ?? '').toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
}

const STATUS: Record<string, number> = { invalid_client: 401, access_denied: 403 };

/** The user has not answered yet. */
export const expectPending = (answer: Answer): void => expectError(answer, 'authorization_pending', 'slow_down');
