import { type Clock, seconds } from '../../core/clock.ts';
import { mac } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type Connection, callbackUri } from './connection.ts';
import { identityOf } from './identity.ts';
import type { Protocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { readAssertion } from './saml-assertion.ts';
import { checkText } from './saml-text.ts';

/** Our name to identity providers: where our metadata is. */
const entityId = (tenant: Tenant, upstreamId: string): string => `${tenant.issuer}/upstream/${upstreamId}/metadata`;

/** Follows from the state, so that an answer to another request cannot be meant. An XML ID begins with no digit. */
const requestId = (tenant: Tenant, state: string): string =>
  `_${mac(tenant.secretFor('upstream flow'), `request ${state}`)}`;

/**
 * SAML 2.0, as a service provider: requests by redirect, answers to them by POST, assertions that are signed themselves. The
 * library verifies signatures and gives back what was signed and nothing else; what the assertion says is checked here.
 */
export function createSaml({ clock }: { clock: Clock }): Protocol & { metadata: typeof metadata } {
  return {
    async url(tenant, connection, state, { prompt, maxAge }) {
      const forceAuthn = prompt === 'login' || maxAge === 0;
      const library = await libraryFor(tenant, connection, { id: requestId(tenant, state), forceAuthn });
      return library.getAuthorizeUrlAsync(state, undefined, {});
    },

    async identify(tenant, connection, params, state, { maxAge }) {
      const text = checkText(params.get('SAMLResponse') ?? '');
      const library = await libraryFor(tenant, connection);
      const { profile } = await library.validatePostResponseAsync({ SAMLResponse: text }).catch((error) => {
        if ('xmlStatus' in error) throw new Refusal('denied', 'it said no', error);
        throw new Refusal('assertion_invalid', `the response is not valid: ${error.message}`, error);
      });
      const signed = profile?.getAssertion?.();
      if (!signed) throw new Refusal('assertion_invalid', 'there is no assertion');
      const now = seconds(clock);
      const { issuer, subject, told, authenticatedAt, acr, sessionId } = readAssertion(signed, {
        issuer: connection.upstream.saml!.entity_id,
        recipient: callbackUri(tenant, connection.id),
        inResponseTo: requestId(tenant, state),
        subject: connection.upstream.subject,
        maxAge,
        now,
      });
      return identityOf(tenant, connection, {
        issuer,
        subject,
        signed: { auth_time: authenticatedAt, acr, sid: sessionId },
        told,
        now,
      });
    },

    metadata,
  };
}

/** What an identity provider needs to know of us, as XML. */
async function metadata(tenant: Tenant, connection: Connection): Promise<string> {
  return (await libraryFor(tenant, connection)).generateServiceProviderMetadata(null, null);
}

async function libraryFor(
  tenant: Tenant,
  { id, upstream }: Connection,
  request: { id: string; forceAuthn: boolean } = { id: '_metadata', forceAuthn: false },
) {
  // It is a third of a megabyte that most installations never need.
  const { SAML } = await import('@node-saml/node-saml');
  const { sso_uri, certificates } = upstream.saml!;
  return new SAML({
    issuer: entityId(tenant, id),
    audience: entityId(tenant, id),
    callbackUrl: callbackUri(tenant, id),
    entryPoint: sso_uri,
    idpCert: certificates,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    forceAuthn: request.forceAuthn,
    generateUniqueId: () => request.id,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    // Times are checked with ours, against our own clock.
    acceptedClockSkewMs: -1,
  });
}
