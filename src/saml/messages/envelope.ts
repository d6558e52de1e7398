import { ENTITY_FORMAT, NS } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { childOf, type XmlElement } from '../xml/read.ts';

/** What every message has (SAML 2.0 Core 3.2). `issueInstant` in milliseconds since the epoch. */
export type Envelope = { id: string; issuer: string; issueInstant: number };

/** Milliseconds: older messages are not taken, and IDs are kept for so long. */
export const LIFETIME = 300_000;
/** Milliseconds that clocks may differ by. */
export const SKEW = 60_000;

/** Whom a message says it is from. Error `saml_refused`. */
export function issuerOf(root: XmlElement): string {
  const issuer = childOf(root, NS.saml, 'Issuer') ?? refuseSaml('the message has no Issuer');
  if ((issuer.attributes.Format ?? ENTITY_FORMAT) !== ENTITY_FORMAT) refuseSaml('the Issuer is no entity');
  return issuer.text;
}

/** Error `saml_refused` for a message that is not of this kind, for this address, of this time. */
export function readEnvelope(
  root: XmlElement,
  expected: { name: string; destination: string; isSigned: boolean; now: number },
): Envelope {
  const { Version, ID = '', IssueInstant = '', Destination } = root.attributes;
  if (root.namespace !== NS.samlp || root.name !== expected.name)
    refuseSaml(`the message is <${root.name}>, <${expected.name}> is taken here`);
  if (Version !== '2.0') refuseSaml('the Version must be 2.0');
  if (!/^[A-Za-z_][\w.-]{0,255}$/.test(ID))
    refuseSaml('the ID must be 1 to 256 letters, digits and "_.-", the first no digit');
  // Bindings 3.4.5.2, 3.5.5.2: a signed message says for whom it is.
  if (Destination === undefined ? expected.isSigned : Destination !== expected.destination)
    refuseSaml(`the Destination must be ${expected.destination}`);
  const issueInstant = timeOf(IssueInstant);
  if (issueInstant > expected.now + SKEW) refuseSaml('the IssueInstant is to come: a clock is wrong');
  if (issueInstant < expected.now - LIFETIME - SKEW) refuseSaml('the message is too old');
  return { id: ID, issuer: issuerOf(root), issueInstant };
}

/** xs:dateTime in UTC (Core 1.3.3). Milliseconds since the epoch. Error `saml_refused`. */
export function timeOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? refuseSaml('a time must be in UTC, as 2026-01-31T12:00:00Z') : time;
}
