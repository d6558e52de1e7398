import { refuseSaml } from '../refusal.ts';
import { DOMParser, type XmlDocument, type XmlNode } from './libraries.ts';

/** An element as it is read: attributes without a namespace by name; `text` only where there are no elements within. */
export type XmlElement = {
  namespace: string | null;
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  text: string;
};

const ELEMENT = 1;
const TEXT = 3;
const COMMENT = 8;

/**
 * The root of a document that is well-formed, and has nothing but elements and texts: an element has one kind of them.
 * `comments`: allowed between elements, as in files that people write. Error `saml_refused`.
 */
export function parseXml(text: string, { comments = false } = {}): XmlElement {
  return readNode(parseDocument(text).documentElement, comments);
}

/** The document itself. Error `saml_refused` at the first thing that is wrong with it. */
export function parseDocument(text: string): XmlDocument {
  const complain = (what: unknown) => {
    throw new Error(String(what));
  };
  let document: XmlDocument | undefined;
  try {
    document = new DOMParser({
      errorHandler: { warning: complain, error: complain, fatalError: complain },
    }).parseFromString(text, 'text/xml');
  } catch {
    // What the parser says quotes the message.
  }
  const roots = Array.from(document?.childNodes ?? []).filter(({ nodeType }) => nodeType === ELEMENT);
  return document && roots.length === 1 ? document : refuseSaml('the message is not well-formed XML');
}

function readNode(node: XmlNode, comments: boolean): XmlElement {
  const kids = Array.from(node.childNodes);
  const elements = kids.filter(({ nodeType }) => nodeType === ELEMENT);
  const texts = kids.filter(({ nodeType }) => nodeType === TEXT).map(({ nodeValue }) => nodeValue ?? '');
  const others = kids.filter(({ nodeType }) => nodeType !== ELEMENT && nodeType !== TEXT);
  const areFine = comments && others.every(({ nodeType }) => nodeType === COMMENT);
  // A comment within a text splits it in two.
  if (others.length > 0 && !(areFine && texts.join('').trim() === ''))
    refuseSaml(`<${node.localName}> has more than elements and text`);
  if (elements.length > 0 && texts.join('').trim() !== '') refuseSaml(`<${node.localName}> has text among elements`);
  return {
    namespace: node.namespaceURI,
    name: node.localName,
    attributes: Object.fromEntries(
      Array.from(node.attributes)
        .filter(({ namespaceURI }) => !namespaceURI)
        .map(({ name, value }) => [name, value]),
    ),
    children: elements.map((child) => readNode(child, comments)),
    text: elements.length > 0 ? '' : texts.join('').trim(),
  };
}

export const childrenOf = (parent: XmlElement, namespace: string, name: string): XmlElement[] =>
  parent.children.filter((child) => child.namespace === namespace && child.name === name);

/** The one child of that name, or undefined. Error `saml_refused` where there are several. */
export function childOf(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  const [first, ...others] = childrenOf(parent, namespace, name);
  if (others.length > 0) refuseSaml(`<${parent.name}> has more than one <${name}>`);
  return first;
}

/** xs:boolean; false where it is left out. */
export function booleanOf({ attributes }: XmlElement, name: string): boolean {
  const value = attributes[name];
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1') return true;
  return refuseSaml(`${name} must be true or false`);
}
