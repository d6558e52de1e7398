import type { Pages } from '../http/page.ts';
import type { SignedIn } from '../oidc/code-flow.ts';
import type { SamlParty } from '../sessions/record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { attributesFor } from './attributes.ts';
import { contextClassOf } from './context.ts';
import { sendOn, signingKey } from './go-on.ts';
import { newMessageId } from './messages/logout.ts';
import { writeAssertion, writeResponse } from './messages/response.ts';
import type { Status } from './messages/status.ts';
import { entityIdOf } from './metadata/idp.ts';
import type { ServiceProvider } from './service-provider.ts';
import type { SignIn } from './sign-in.ts';
import type { SamlContext } from './visit.ts';
import { encryptedAssertion } from './xml/encrypt.ts';
import { signedXml } from './xml/sign.ts';
import type { Xml } from './xml/write.ts';

/** What an answer goes to: a request, or nothing but an address. */
export type Asked = Pick<SignIn, 'acs' | 'requestId' | 'relayState'>;
export type AnswerDeps = { pages: Pages; now: () => number };

/** Sends the browser on with a response, in the page that posts it. */
export function sendResponse(
  { pages, now }: AnswerDeps,
  ctx: SamlContext,
  sp: ServiceProvider,
  { acs, requestId, relayState }: Asked,
  status: Status,
  assertion?: Xml,
): void {
  const issuer = entityIdOf(ctx.state.tenant);
  const common = { id: newMessageId(), issuer, acs, inResponseTo: requestId, now: now() };
  sendOn(pages, ctx, {
    sp,
    kind: 'SAMLResponse',
    binding: 'post',
    uri: acs,
    message: writeResponse(status, common, assertion),
    relayState,
    title: 'upstream.go.title',
    text: 'saml.go.text',
  });
}

/** Who has signed in, for that service provider alone; encrypted where it wants that. */
export async function assertionOf(
  tenant: Tenant,
  sp: ServiceProvider,
  { acs, requestId, context }: SignIn,
  { party, signedIn, now }: { party: SamlParty; signedIn: SignedIn; now: number },
): Promise<Xml> {
  const { assurance, saml } = tenant.settings;
  const { entity_id, session_lifetime, encryption_certificate } = sp.saml;
  const assertion = writeAssertion({
    id: newMessageId(),
    issuer: entityIdOf(tenant),
    acs,
    inResponseTo: requestId,
    now,
    audience: entity_id,
    until: now + saml.assertion_ttl * 1000,
    nameId: party.nameId,
    session: {
      index: party.index,
      authenticatedAt: signedIn.authTime * 1000,
      contextClass: contextClassOf(assurance.acr_values, signedIn, context),
      until: session_lifetime === undefined ? undefined : now + session_lifetime * 1000,
    },
    attributes: attributesFor(sp.saml, signedIn.claims),
  });
  const signed = signedXml(signingKey(tenant), assertion);
  return encryption_certificate === undefined ? signed : encryptedAssertion(signed, encryption_certificate);
}
