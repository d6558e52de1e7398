import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { startHttpServer } from '../../support/http-server.ts';
import { freePort } from '../../support/ports.ts';
import { type Command, complaint, start } from '../command.ts';
import type { Check } from '../judge.ts';
import { createPerson, USER } from '../person.ts';
import type { Metadata, Stage } from '../stage.ts';

/** Seconds after which the proxy refreshes the tokens of whom it lets through. */
const REFRESH_AFTER = 1;

export type Door = { port: number; home: string; metadata: Metadata };

/** Where the proxy will stand, and the client that it is. */
export async function door(secret: string): Promise<Door> {
  const port = await freePort();
  const home = `http://localhost:${port}/`;
  const metadata = {
    client_id: 'oauth2-proxy',
    client_secret: secret,
    redirect_uris: [`${home}oauth2/callback`],
    post_logout_redirect_uris: [`${home}bye`],
    grant_types: ['authorization_code', 'refresh_token'],
  };
  return { port, home, metadata };
}

/** oauth2-proxy in front of a page: who wants to see it has to sign in. */
export async function scenario({ start: { run } }: { start: Command }, { port, home, metadata }: Door, stage: Stage) {
  const page = await startHttpServer();
  page.state.answer = (_received, res) => res.end('the page behind the door');
  const proxy = (issuer: string): Command => ({
    run: [...run, '--provider=oidc', '--skip-provider-button', '--email-domain=*', '--code-challenge-method=S256'],
    env: {
      OAUTH2_PROXY_OIDC_ISSUER_URL: issuer,
      OAUTH2_PROXY_CLIENT_ID: metadata.client_id,
      OAUTH2_PROXY_CLIENT_SECRET: String(metadata.client_secret),
      OAUTH2_PROXY_REDIRECT_URL: `${home}oauth2/callback`,
      OAUTH2_PROXY_SCOPE: 'openid profile email',
      OAUTH2_PROXY_INSECURE_OIDC_SKIP_NONCE: 'false',
      OAUTH2_PROXY_HTTP_ADDRESS: `127.0.0.1:${port}`,
      OAUTH2_PROXY_UPSTREAMS: page.url,
      OAUTH2_PROXY_PASS_ACCESS_TOKEN: 'true',
      OAUTH2_PROXY_COOKIE_SECRET: randomBytes(16).toString('hex'),
      OAUTH2_PROXY_COOKIE_SECURE: 'false',
      OAUTH2_PROXY_COOKIE_REFRESH: `${REFRESH_AFTER}s`,
      OAUTH2_PROXY_WHITELIST_DOMAINS: new URL(stage.issuer).host,
    },
  });
  const atOther = await complaint(proxy(stage.otherIssuer), 20_000);
  const running = start(proxy(stage.issuer));
  try {
    await eventually(async () => (await fetch(`${home}ping`)).ok);
    return [
      ...(await visits(home, stage, page.state.received)),
      check('it refuses another issuer', /issuer/i.test(atOther?.text ?? '')),
    ];
  } catch (error) {
    throw new Error(`${error}\n${running.output().slice(-4000)}`, { cause: error });
  } finally {
    await running.stop();
    await page.stop();
  }
}

type Received = Awaited<ReturnType<typeof startHttpServer>>['state']['received'];

async function visits(home: string, stage: Stage, received: Received): Promise<Check[]> {
  const stranger = createPerson(home);
  const forged = (await stranger.visit(home)).replace('state=', 'state=x');
  const turnedAway = await stranger.agent.get(forged);
  const stillOutside = received.length === 0;

  const person = createPerson(home);
  await person.agent.get(await person.visit(home));
  const inside = await person.agent.get(home);
  const first = received.at(-1);
  await wait((REFRESH_AFTER + 1) * 1000);
  await person.agent.get(home);
  const later = received.at(-1);

  const end = new URL(`${stage.issuer}/session/end`);
  const goodbye = { client_id: 'oauth2-proxy', post_logout_redirect_uri: `${home}bye`, state: 'so-long' };
  end.search = String(new URLSearchParams(goodbye));
  const ended = await person.visit(`${home}oauth2/sign_out?rd=${encodeURIComponent(end.href)}`);
  const [seen, asked] = [received.length, person.asked.length];
  await person.visit(home);

  const token = 'x-forwarded-access-token';
  return [
    check('who has signed in sees the page', inside.body === 'the page behind the door'),
    check('the page is told who that is', first?.headers['x-forwarded-email'] === USER.email),
    check('the page is given an access token', Boolean(first?.headers[token])),
    check('the proxy refreshes it', Boolean(later?.headers[token]) && later?.headers[token] !== first?.headers[token]),
    check('a tampered state is turned away', turnedAway.status >= 400 && stillOutside),
    check('logout comes back with the state', ended === `${home}bye?state=so-long`),
    check('nobody is let in afterwards', received.length === seen && person.asked[asked] === 'password'),
  ];
}

const check = (name: string, ok: boolean): Check => ({ name, ok });
