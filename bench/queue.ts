import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { createBrowser, formOf } from './browser.ts';
import type { Client } from './client.ts';
import { REDIRECT_URI, users, WEB } from './scenario.ts';
import { openTarget, type Target } from './target.ts';
import { clientCredentials } from './workloads.ts';

/** Milliseconds of each request; how many sign-ins were refused when the queue was full. */
export type Queued = {
  signIns: number;
  idle: number[];
  busy: number[];
  health: number[];
  refused: number;
  retryAfter: number;
};

const SIGN_INS = 200;
/** More than one tenant may have waiting. */
const TOO_MANY = 300;
const SAMPLES = 100;

/** Everybody signs in from an address of their own: what meets guesses from one place is not what is measured. */
export const ENV = { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8' };
export const PEOPLE = users(TOO_MANY);

/** Asks for tokens and for health one after the other: first alone, then while many passwords wait for their turn. */
export async function whileQueued(issuer: string): Promise<Queued> {
  const target = await openTarget(issuer);
  // Each sign-in waits on a connection of its own.
  const agent = new Agent({ connections: TOO_MANY, headersTimeout: 120_000 });
  try {
    const token = () => timed(() => clientCredentials(target));
    const live = () =>
      timed(async () => {
        const { status } = await target.request(`${new URL(issuer).origin}/health/live`);
        if (status !== 200) throw new Error(`/health/live answers ${status}`);
      });
    const idle: number[] = [];
    for (let i = 0; i < SAMPLES; i += 1) idle.push(await token());

    const busy: number[] = [];
    const health: number[] = [];
    const forms = await signInForms(target, agent, SIGN_INS);
    let left = SIGN_INS;
    const answers = forms.map((send) => send().finally(() => (left -= 1)));
    await sleep(200);
    while (left > 20) {
      busy.push(await token());
      health.push(await live());
    }
    for (const { status } of await Promise.all(answers))
      if (status !== 303) throw new Error(`a sign-in that queued was answered ${status}`);

    const flood = await signInForms(target, agent, TOO_MANY);
    const refused = (await Promise.all(flood.map((send) => send()))).filter(({ status }) => status === 503);
    const retryAfter = refused.filter(({ headers }) => Number(headers['retry-after']) > 0);
    return { signIns: SIGN_INS, idle, busy, health, refused: refused.length, retryAfter: retryAfter.length };
  } finally {
    await agent.destroy();
    await target.close();
  }
}

const clientOf =
  (dispatcher: Agent, address: string): Client =>
  async (url, { form, headers = {} } = {}) => {
    const answer = await request(url, {
      dispatcher,
      method: form ? 'POST' : 'GET',
      headers: {
        ...headers,
        'x-forwarded-for': address,
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form ? new URLSearchParams(form).toString() : null,
    });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  };

/** Login forms that are filled in, ready to be sent. */
async function signInForms(target: Target, agent: Agent, count: number) {
  const forms: (() => ReturnType<Client>)[] = [];
  for (let i = 0; i < count; i += 1) {
    const browser = createBrowser(clientOf(agent, `10.${Math.floor(i / 250)}.${i % 250}.1`));
    const query = new URLSearchParams({
      client_id: WEB.client_id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    });
    const started = await browser(`${target.endpoints.authorization_endpoint}?${query}`);
    const url = new URL(String(started.headers.location), target.issuer).href;
    const { action, fields } = formOf((await browser(url)).body, url);
    const { email, password } = PEOPLE[i]!;
    forms.push(() => browser(action, { ...fields, identifier: email, password }));
  }
  return forms;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
