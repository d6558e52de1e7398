import { Refusal } from './refusal.ts';

export type Answer = { status: number; body: unknown };

/**
 * One request to an upstream and its JSON. `fetch` bounds time and size and where a request may go. `what` is asked, in
 * words. Refused as `unavailable` where it does not answer, `response_invalid` where its answer is no JSON.
 */
export async function askJson(
  fetch: typeof globalThis.fetch,
  what: string,
  url: string,
  init: { method?: 'POST'; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const headers = { accept: 'application/json', 'user-agent': 'Gatehouse', ...init.headers };
  let status: number;
  let type: string;
  let text: string;
  try {
    const response = await fetch(url, { ...init, headers });
    status = response.status;
    type = response.headers.get('content-type') ?? '';
    text = await response.text();
  } catch (error) {
    throw new Refusal('unavailable', `${what}: ${wordsOf(error)}`, error);
  }
  if (status >= 500 || status === 429) throw new Refusal('unavailable', `${what} answered ${status}`);
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
    throw new Refusal('response_invalid', `${what} answered ${status}, not with JSON`);
  try {
    return { status, body: JSON.parse(text) };
  } catch (error) {
    throw new Refusal('response_invalid', `${what} answered ${status}, with broken JSON`, error);
  }
}

/** The innermost reason: that is the one which says something. */
const wordsOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? wordsOf(cause) : message;
};
