import { NS, UNSPECIFIED_FORMAT } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { childOf, type XmlElement } from '../xml/read.ts';
import { element, type Xml } from '../xml/write.ts';

/** A name of a user (SAML 2.0 Core 2.2.3). */
export type NameId = { format: string; value: string };

/** Who gave the name, and for whom. */
export type Qualifiers = { idp: string; sp: string };

/** Error `saml_refused` for one that is encrypted, or none. */
export function readNameId(parent: XmlElement): NameId | undefined {
  if (childOf(parent, NS.saml, 'EncryptedID')) refuseSaml('encrypted names are not taken');
  const found = childOf(parent, NS.saml, 'NameID');
  if (!found) return undefined;
  if (found.text === '') refuseSaml('the NameID is empty');
  return { format: found.attributes.Format ?? UNSPECIFIED_FORMAT, value: found.text };
}

export const writeNameId = ({ format, value }: NameId, { idp, sp }: Qualifiers): Xml =>
  element('saml:NameID', { Format: format, NameQualifier: idp, SPNameQualifier: sp }, value);
