import { foreignAlgorithm, trickIn } from '../../core/plain-xml.ts';
import type { Binding } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { ALLOWED } from '../xml/algorithms.ts';

export type Kind = 'SAMLRequest' | 'SAMLResponse';

/** What came by one of the bindings, not yet parsed. */
export type Message = {
  kind: Kind;
  binding: Binding;
  xml: string;
  relayState: string | undefined;
  /** Of a message by redirect: it is over the query, in one of these spellings. */
  signature: { algorithm: string; signature: Buffer; spellings: string[] } | undefined;
};

/** Bytes. SAML 2.0 Bindings 3.4.3 allows 80; many service providers have an address in it. */
const MAX_RELAY_STATE = 1024;
/** Bytes of a message, after it was inflated. */
export const MAX_XML = 64 * 1024;

/** The one message among the parameters of a request. Error `saml_refused`. */
export function kindOf(has: (name: string) => boolean): Kind {
  const kinds = (['SAMLRequest', 'SAMLResponse'] as const).filter(has);
  return kinds.length === 1 ? kinds[0]! : refuseSaml('there must be one SAMLRequest or one SAMLResponse');
}

/** Error `saml_refused`. */
export function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/\r\n]+={0,2}\s*$/.test(text)) refuseSaml('the message is not base64');
  return Buffer.from(text, 'base64');
}

/** The text of a message, once there is nothing in it that has no place there. Error `saml_refused`. */
export function checkedText(bytes: Buffer): string {
  if (bytes.length > MAX_XML) refuseSaml('the message is too large');
  const trick = trickIn(bytes);
  if (trick) refuseSaml(`the message ${trick}`);
  const xml = bytes.toString();
  // A parser may overlook what stands around the root.
  const trimmed = xml.trim();
  if (!trimmed.startsWith('<') || !trimmed.endsWith('>')) refuseSaml('the message is not well-formed XML');
  const algorithm = foreignAlgorithm(xml, ALLOWED);
  return algorithm === undefined ? xml : refuseSaml(`the algorithm ${algorithm} is not allowed`);
}

/** Error `saml_refused`. */
export function checkRelayState(relayState: string | undefined): void {
  if (relayState === undefined) return;
  if (Buffer.byteLength(relayState) > MAX_RELAY_STATE)
    refuseSaml(`the RelayState is longer than ${MAX_RELAY_STATE} bytes`);
  if (relayState.includes('\0')) refuseSaml('the RelayState has a NUL character');
}
