import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { readSpMetadata } from '../../src/saml/metadata/sp.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { formOf } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';
import { answerOf, begin, redeem, signIn } from '../support/stage.ts';
import { press } from '../support/upstream-pages.ts';

/** Both sides of SAML are ours: a tenant whose users come from another one. */

let stage: SamlStage;
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  stage = await samlStage();
  ({ acme } = stage);
  const corp = {
    id: 'corp',
    name: 'Corp',
    type: 'saml' as const,
    saml: {
      entity_id: `${acme.issuer}/saml/metadata`,
      sso_uri: `${acme.issuer}/saml/sso`,
      certificates: acme.samlKeys.map(({ certificate }) => certificate),
    },
    trust: { email_verified: 'always' as const, domains: ['example.com'], acr: { 'urn:gatehouse:aal2': 2 as const } },
    linking: 'verified_email' as const,
  };
  globex = await stage.settings(stage.globex, { upstreams: [corp] });
  const metadata = await (await fetch(`${globex.issuer}/upstream/corp/metadata`)).text();
  const { saml } = readSpMetadata(metadata);
  await stage.client(acme, {
    client_id: 'globex',
    client_name: 'Globex',
    saml: { ...saml, attributes: [{ claim: 'email' }, { claim: 'name' }] },
  });
});
afterAll(() => stage.stop());

test('a user of one tenant signs in at another, and is linked for good', async () => {
  const { agent, page } = await begin(globex);
  const { url } = await press(agent, page, 'corp');
  const asked = await signIn(agent, await agent.get(url));
  const told = await agent.submit(asked, { decision: 'accept' }, ({ action }) => action.includes('/consent'));
  expect(formOf(told).action).toBe(`${globex.issuer}/upstream/corp/callback`);
  const done = await agent.submit(told);
  const { body } = await redeem(globex.issuer, answerOf(done).code);
  const user = await stage.services.accounts.findByIdentifier(globex, 'ada@example.com');
  expect(decodeJwt(body.id_token as string).sub).toBe(user!.id);
  expect(await stage.services.upstreams.list(globex, user!.id)).toMatchObject([{ upstreamId: 'corp' }]);
});
