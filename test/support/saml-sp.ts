import { generateKeyPairSync } from 'node:crypto';
import { type Profile, SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/node-saml';
import type { ClientInput } from '../../src/clients/prepare.ts';
import { selfSigned } from '../../src/core/self-signed.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { goesOnTo } from './upstream-pages.ts';
import { formsOf, type Page } from './user-agent.ts';

/** Once for all: keys take their time. */
export const SP_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
export const SP_CERTIFICATE = selfSigned(SP_KEY, { name: 'sp', from: 0, until: Date.now() + 86_400_000 });
const KEY_PEM = SP_KEY.export({ type: 'pkcs8', format: 'pem' }) as string;

export type ServiceProvider = ReturnType<typeof serviceProvider>;

/** A service provider of SAML made with node-saml, whose addresses nobody serves. `config` over what it does by default. */
export function serviceProvider(
  tenant: Tenant,
  id: string,
  { config = {}, base = `https://${id}.example` }: { config?: Partial<SamlConfig>; base?: string } = {},
) {
  const entityId = `${base}/metadata`;
  const acs = `${base}/acs`;
  const slo = `${base}/slo`;
  const library = new SAML({
    issuer: entityId,
    audience: entityId,
    callbackUrl: acs,
    entryPoint: `${tenant.issuer}/saml/sso`,
    logoutUrl: `${tenant.issuer}/saml/slo`,
    idpIssuer: `${tenant.issuer}/saml/metadata`,
    idpCert: tenant.samlKeys.map(({ certificate }) => certificate),
    privateKey: KEY_PEM,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: null,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    disableRequestedAuthnContext: true,
    ...config,
  });

  return {
    id,
    entityId,
    acs,
    slo,
    library,

    /** As the tenant's client. */
    client: (saml: object = {}, more: object = {}): ClientInput => ({
      client_id: id,
      client_name: `The ${id}`,
      skip_consent: true,
      ...more,
      saml: {
        entity_id: entityId,
        acs: [{ uri: acs }],
        slo: { uri: slo },
        certificates: [SP_CERTIFICATE],
        attributes: [{ claim: 'email' }, { claim: 'name', name: 'urn:oid:2.16.840.1.113730.3.1.241' }],
        ...saml,
      },
    }),

    /** A request by redirect. */
    begin: (relayState = 'the state'): Promise<string> => library.getAuthorizeUrlAsync(relayState, undefined, {}),

    /** A request by POST: the fields of the form. */
    async beginByForm(relayState = 'the state'): Promise<Record<string, string>> {
      return library.getAuthorizeMessageAsync(relayState) as Promise<Record<string, string>>;
    },

    /** What the page of a response posts, once the library has found it good. */
    async accept(page: Page): Promise<{ profile: Profile; relayState: string | undefined }> {
      const { action, fields } = formOf(page);
      if (action !== acs) throw new Error(`the response goes to ${action}`);
      const { profile } = await library.validatePostResponseAsync(fields);
      return { profile: profile!, relayState: fields.RelayState };
    },
  };
}

/** The one form of a page that goes on by itself. */
export function formOf(page: Page) {
  const [form, ...others] = formsOf(page);
  if (!form || others.length > 0) throw new Error(`no form that goes on, on ${page.url} (${page.status})`);
  return form;
}

/** Where a page goes on by itself that has no form. */
export function goalOf(page: Page): URL {
  const url = goesOnTo(page);
  if (!url) throw new Error(`nothing goes on, on ${page.url} (${page.status}): ${page.body.slice(0, 500)}`);
  return new URL(url);
}

/** The XML of a message in a form. */
export const xmlOf = (fields: Record<string, string>): string =>
  Buffer.from(fields.SAMLResponse ?? fields.SAMLRequest ?? '', 'base64').toString();
