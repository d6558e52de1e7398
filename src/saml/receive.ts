import type { Clients } from '../clients/clients.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Message } from './bindings/message.ts';
import { issuerOf } from './messages/envelope.ts';
import { refuseSaml } from './refusal.ts';
import { type ServiceProvider, serviceProviderNamed } from './service-provider.ts';
import { isSignedBy } from './xml/algorithms.ts';
import { parseXml, type XmlElement } from './xml/read.ts';
import { hasSignature, keysOf, signedText } from './xml/verify.ts';

/** A message of a service provider. Where it is signed, `root` is what was signed, and nothing else. */
export type Received = { root: XmlElement; isSigned: boolean };

/** Whose message it is, as it says itself: nothing else of it may be believed yet. Errors `saml_refused`, `invalid_client`. */
export const senderOf = (clients: Pick<Clients, 'serviceProvider'>, tenant: Tenant, { xml }: Message) =>
  serviceProviderNamed(clients, tenant, issuerOf(parseXml(xml)));

/**
 * Holds a message against the keys of its sender. A signature that is there is verified, also where none is asked for. Error
 * `saml_refused`.
 */
export function receive({ saml }: ServiceProvider, message: Message): Received {
  const { xml, binding, signature } = message;
  const isEnveloped = hasSignature(xml);
  // Bindings 3.4.4.1: by redirect it is in the address.
  if (isEnveloped && binding === 'redirect') refuseSaml('the message has a signature within, which has no place there');
  const isSigned = isEnveloped || signature !== undefined;
  if (isSigned && saml.certificates.length === 0)
    refuseSaml('the message is signed, and no certificate of this service provider is known');
  const keys = keysOf(saml.certificates);
  if (signature && !signature.spellings.some((text) => isSignedBy(keys, { ...signature, data: Buffer.from(text) })))
    refuseSaml('the signature is not good');
  const root = parseXml(isEnveloped ? signedText(xml, saml.certificates) : xml);
  if (issuerOf(root) !== saml.entity_id) refuseSaml('the Issuer is not the sender');
  return { root, isSigned };
}
