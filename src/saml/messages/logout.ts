import { randomSecret } from '../../core/ids.ts';
import { NS } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { childrenOf, type XmlElement } from '../xml/read.ts';
import { dateTime, element, type Xml } from '../xml/write.ts';
import { timeOf } from './envelope.ts';
import { type NameId, type Qualifiers, readNameId, writeNameId } from './name-id.ts';
import { type Status, writeStatus } from './status.ts';

/** A wish to sign out (SAML 2.0 Core 3.7.1): of these sessions, of all where there are none. */
export type LogoutRequest = { nameId: NameId; sessionIndexes: string[] };

/** An XML ID begins with no digit. */
export const newMessageId = (): string => `_${randomSecret(160)}`;

/** Error `saml_refused`. Its envelope is read apart. */
export function readLogoutRequest(root: XmlElement, now: number): LogoutRequest {
  const { NotOnOrAfter } = root.attributes;
  if (NotOnOrAfter !== undefined && timeOf(NotOnOrAfter) <= now) refuseSaml('the request is over');
  return {
    nameId: readNameId(root) ?? refuseSaml('the request has no NameID'),
    sessionIndexes: childrenOf(root, NS.samlp, 'SessionIndex').map(({ text }) => text),
  };
}

type Sent = { id: string; destination: string; issuer: string; now: number };

const envelope = ({ id, destination, now }: Sent) => ({
  'xmlns:samlp': NS.samlp,
  'xmlns:saml': NS.saml,
  ID: id,
  Version: '2.0',
  IssueInstant: dateTime(now),
  Destination: destination,
});

/** `until` in milliseconds since the epoch. */
export const writeLogoutRequest = (
  sent: Sent & { nameId: NameId; sessionIndex: string; sp: string; until: number },
): Xml =>
  element(
    'samlp:LogoutRequest',
    { ...envelope(sent), NotOnOrAfter: dateTime(sent.until), Reason: 'urn:oasis:names:tc:SAML:2.0:logout:user' },
    element('saml:Issuer', {}, sent.issuer),
    writeNameId(sent.nameId, qualifiersOf(sent)),
    element('samlp:SessionIndex', {}, sent.sessionIndex),
  );

const qualifiersOf = ({ issuer, sp }: { issuer: string; sp: string }): Qualifiers => ({ idp: issuer, sp });

export const writeLogoutResponse = (sent: Sent & { inResponseTo: string; status: Status }): Xml =>
  element(
    'samlp:LogoutResponse',
    { ...envelope(sent), InResponseTo: sent.inResponseTo },
    element('saml:Issuer', {}, sent.issuer),
    writeStatus(sent.status),
  );
