import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unavailable } from '../../src/core/errors.ts';
import { describeOnBoth } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { claimsOf } from '../support/forge.ts';
import { framesOf, goesOnTo } from '../support/frames.ts';
import { elementsOf } from '../support/html.ts';
import { webClient } from '../support/relying-party.ts';
import { answerOf, authorizationUrl, BYE, redeem, type Stage, setStage, signedIn } from '../support/stage.ts';
import type { UserAgent } from '../support/user-agent.ts';

/** OpenID Connect Front-Channel Logout 1.0, T051. */

const AT = 'https://app.example.com';

describeOnBoth('front-channel logout', (stores) => {
  let stage: Stage;
  let issuer: string;
  beforeAll(async () => {
    stage = await setStage(stores());
    issuer = stage.acme.issuer;
    const add = (id: string, uri: string, isByName: boolean) =>
      stage.services.clients.create(
        stage.acme,
        webClient(id, {
          skip_consent: true,
          frontchannel_logout_uri: uri,
          frontchannel_logout_session_required: isByName,
        }),
      );
    await add('by-name', `${AT}/by-name`, true);
    await add('with-query', `${AT}/with-query?tenant=a%20b&x`, true);
    await add('by-user', `${AT}/by-user`, false);
    await add('by-user-too', `${AT}/by-user`, false);
    await add('not-reached', `${AT}/not-reached`, true);
  });
  afterAll(() => stage.stop());

  /** A browser that is signed in to clients; `sids`: what the ID token of each calls the session. */
  async function reach(...clients: string[]) {
    const { agent } = await signedIn(issuer, { params: { client_id: clients[0] } });
    const sids: Record<string, string> = {};
    for (const client_id of clients) {
      const page = await agent.get(authorizationUrl(issuer, { client_id }));
      const { body } = await redeem(issuer, answerOf(page).code, client_id);
      sids[client_id] = claimsOf(String(body.id_token)).sid as string;
    }
    return { agent, sids };
  }
  const end = (params: Record<string, string> = {}) =>
    `${issuer}/session/end?${new URLSearchParams({ client_id: 'first-party', post_logout_redirect_uri: BYE, ...params })}`;
  const logOut = async (agent: UserAgent, params?: Record<string, string>) =>
    agent.submit(await agent.get(end(params)), { logout: 'yes' });
  const isSignedIn = async (agent: UserAgent) =>
    'code' in answerOf(await agent.get(authorizationUrl(issuer, { client_id: 'first-party', prompt: 'none' })));
  const named = (sid: string | undefined) => new URLSearchParams({ iss: issuer, sid: sid! });

  test('discovery says that it is there, in each document', async () => {
    const { origin, pathname } = new URL(issuer);
    for (const address of [
      `${issuer}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${pathname}`,
    ])
      expect(await (await fetch(address)).json()).toMatchObject({
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
      });
  });

  test('each client that the session has reached is told in a frame, then the user goes on', async () => {
    const before = await endings();
    const { agent, sids } = await reach('by-name', 'with-query', 'by-user', 'by-user-too', 'first-party');
    const page = await logOut(agent, { state: 'a b"<' });
    expect(page).toMatchObject({ status: 200, url: `${issuer}/session/end/confirm`, trail: { length: 1 } });
    expect(page.headers.get('location')).toBeNull();
    expect(framesOf(page)).toEqual([
      `${AT}/by-name?${named(sids['by-name'])}`,
      `${AT}/with-query?tenant=a%20b&x&${named(sids['with-query'])}`,
      `${AT}/by-user`,
    ]);
    expect(new Set([sids['by-name'], sids['with-query']]).size).toBe(2);
    expect(sids['by-user']).toBeUndefined();

    const goal = new URL(goesOnTo(page)!);
    expect(goal.origin + goal.pathname).toBe(BYE);
    expect(Object.fromEntries(goal.searchParams)).toEqual({ state: 'a b"<' });
    expect(await isSignedIn(agent)).toBe(false);
    // Written while the user goes on.
    await eventually(async () => (await endings()) > before);
    expect(await endings()).toBe(before + 1);
  });

  async function endings() {
    const { items } = await stage.services.audit.find('acme', { where: { field: 'type', equals: 'session.ended' } });
    return items.length;
  }

  test('the frames may run and keep what is theirs, and nothing else', async () => {
    const { agent } = await reach('by-name', 'by-user');
    const page = await logOut(agent);
    expect(page.headers.get('content-security-policy')).toContain(`; frame-src ${AT};`);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const frames = elementsOf(page.body).filter(({ name }) => name === 'iframe');
    for (const { attributes } of frames)
      expect(attributes).toMatchObject({
        sandbox: 'allow-scripts allow-same-origin',
        referrerpolicy: 'no-referrer',
        title: 'Signing you out',
      });
    expect(frames).toHaveLength(2);
  });

  test('where nobody is to be told the user goes straight on', async () => {
    const { agent } = await reach('first-party');
    expect(await logOut(agent, { state: 's' })).toMatchObject({ status: 303, url: `${BYE}?state=s` });
  });

  test('a sign-out that begins on our own pages ends there', async () => {
    const { agent, sids } = await reach('by-name');
    const page = await agent.submit(await agent.get(`${issuer}/session/end`), { logout: 'yes' });
    expect(framesOf(page)).toEqual([`${AT}/by-name?${named(sids['by-name'])}`]);
    expect(goesOnTo(page)).toBe(`${issuer}/session/end/success`);
    expect((await agent.get(goesOnTo(page)!)).body).toContain('You are signed out');
  });

  test('who leaves one client alone is told to that one', async () => {
    const { agent, sids } = await reach('by-name', 'by-user');
    const page = await agent.submit(await agent.get(end({ client_id: 'by-name' })));
    expect(framesOf(page)).toEqual([`${AT}/by-name?${named(sids['by-name'])}`]);
    expect(goesOnTo(page)).toBe(BYE);
    expect(page.body).toContain('You have left by-name. You are still signed in at acme Inc.');
    expect(await isSignedIn(agent)).toBe(true);
    expect(framesOf(await logOut(agent))).toEqual([`${AT}/by-user`]);
  });

  test('clients that are gone, or want it no more, are passed over', async () => {
    const { clients } = stage.services;
    const add = (id: string) =>
      clients.create(stage.acme, webClient(id, { skip_consent: true, frontchannel_logout_uri: `${AT}/${id}` }));
    await add('gone');
    await add('changed');
    const { agent } = await reach('gone', 'changed', 'by-user');
    await clients.remove(stage.acme, 'gone');
    await clients.change(stage.acme, 'changed', webClient('changed'));
    expect(framesOf(await logOut(agent))).toEqual([`${AT}/by-user`]);
  });

  test('a logout that cannot be told is none: the user is asked to try again', async () => {
    const { agent } = await reach('by-user', 'first-party');
    const { clients } = stage.services;
    const { get } = clients;
    clients.get = () => Promise.reject(unavailable('the store'));
    try {
      expect((await logOut(agent)).status).toBe(503);
    } finally {
      clients.get = get;
    }
    expect(await isSignedIn(agent)).toBe(true);
    expect(framesOf(await logOut(agent))).toEqual([`${AT}/by-user`]);
  });

  test('a client in two browsers hears of the session that ends', async () => {
    const here = await reach('by-name');
    const there = await reach('by-name', 'first-party');
    expect(framesOf(await logOut(here.agent))).toEqual([`${AT}/by-name?${named(here.sids['by-name'])}`]);
    expect(here.sids).not.toEqual(there.sids);
    expect(await isSignedIn(there.agent)).toBe(true);
  });
});
