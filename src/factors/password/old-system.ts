import { z } from 'zod';
import { type UserInput, userInput } from '../../accounts/input.ts';
import type { Clock } from '../../core/clock.ts';
import { newId } from '../../core/ids.ts';
import { webhookHeaders } from '../../core/standard-webhooks.ts';
import { checked } from '../../core/validate.ts';

/** Milliseconds that the `fetch` given to `askOldSystem` may take; it reads no more than 64 KB. */
export const OLD_SYSTEM_TIMEOUT = 3000;

/** Claims that we do not have are left out. */
const answerSchema = z.discriminatedUnion('verified', [
  z.object({ verified: z.literal(false) }),
  z.object({ verified: z.literal(true), user: z.object(userInput.shape).partial().default({}) }),
]);

/**
 * Asks a tenant's old system whether this is the password of a user, by one signed POST. Gives what it knows of the user;
 * undefined where it is not. Rejects whenever the answer is no clear one: late, no 200, malformed.
 */
export async function askOldSystem(
  deps: { fetch: typeof fetch; clock: Clock },
  { url, secret }: { url: string; secret: string },
  identifier: string,
  password: string,
): Promise<Partial<UserInput> | undefined> {
  const now = deps.clock();
  const data = { identifier, password };
  const body = JSON.stringify({ type: 'password.verify', timestamp: new Date(now).toISOString(), data });
  const headers = webhookHeaders(secret, `msg_${newId(now)}`, now, body);
  const response = await deps.fetch(url, { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(`the old system answered ${response.status}`);
  const json = await response.json().catch(() => {
    // The parser's own words quote the text, in which the password may be.
    throw new Error('the old system answered no JSON');
  });
  const answer = checked(answerSchema, json);
  return answer.verified ? answer.user : undefined;
}
