import { expect } from '@jest/globals';
import { managed } from '../../support/registration.ts';
import { SUITE } from '../suite/browser.ts';
import type { Modules } from '../suite/modules.ts';
import { type DynamicPlan, newClient, refused, unregister } from './registration.ts';

const INITIATE = `${SUITE}test/a/gatehouse/initiate_login`;

/** OpenID Connect Core 4: what the provider has to do with a client's `initiate_login_uri` is to keep it. */
export const thirdPartyLogin: Modules<DynamicPlan> = {
  'oidcc-3rd_party-init-login': async (plan) => {
    const { answer } = await newClient(plan, { initiate_login_uri: INITIATE });
    expect(answer.body.initiate_login_uri).toBe(INITIATE);
    const read = await managed(answer).read();
    expect([read.status, read.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    expect(read.body.initiate_login_uri).toBe(INITIATE);
    await unregister({ ...answer, body: { ...answer.body, ...read.body } });
  },
  'oidcc-3rd_party-init-login-nohttps': (plan) =>
    refused(plan, { initiate_login_uri: INITIATE.replace('https:', 'http:') }, 'invalid_client_metadata'),
};
