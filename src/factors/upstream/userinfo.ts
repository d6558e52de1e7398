import { askJson } from './ask.ts';
import type { Told } from './presets.ts';
import { Refusal } from './refusal.ts';

/** Claims by bearer token. `emails`: path, below the endpoint, of the user's addresses, where they are apart (GitHub). */
export async function userinfo(
  fetch: typeof globalThis.fetch,
  endpoint: string,
  accessToken: string,
  emails?: string,
): Promise<Told> {
  const ask = async (url: string) => {
    const { status, body } = await askJson(fetch, 'userinfo', url, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    if (status !== 200 || typeof body !== 'object' || body === null)
      throw new Refusal('response_invalid', `userinfo answered ${status}, not with claims`);
    return body;
  };
  const told = (await ask(endpoint)) as Told;
  return emails ? { ...told, ...primaryEmail(await ask(endpoint + emails)) } : told;
}

/** What the profile shows to everybody is not what was verified: it gives way. */
function primaryEmail(list: object): Told {
  const primary = Array.isArray(list) ? list.find((one) => one?.primary === true) : undefined;
  return { email: primary?.email, email_verified: primary?.verified === true };
}
