import { X509Certificate } from 'node:crypto';

import { NS } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { ENVELOPED, EXC_C14N, isSignedBy, SHA256, SHA512, SIGNATURE_ALGORITHMS } from './algorithms.ts';
import { type SignatureAlgorithm, SignedXml } from './libraries.ts';
import { childOf, childrenOf, parseDocument, parseXml, type XmlElement } from './read.ts';

export const keysOf = (certificates: readonly string[]) =>
  certificates.map((pem) => new X509Certificate(pem).publicKey);

/** Whether a message brings a signature along. */
export const hasSignature = (text: string): boolean => signaturesIn(parseXml(text)).length > 0;

/**
 * What was signed, as a text: the whole message, by its canonical bytes. Whoever reads on reads that and nothing else, so that
 * nothing which was not signed is ever read. There is one signature, it is the root's own child, and its one reference is the
 * root: everything that signature wrapping is made of is refused before any key is tried. Error `saml_refused`.
 */
export function signedText(text: string, certificates: readonly string[]): string {
  const root = parseXml(text);
  const signatures = signaturesIn(root);
  if (signatures.length !== 1) refuseSaml(`the message has ${signatures.length} signatures, and must have one`);
  const [signature] = childrenOf(root, NS.ds, 'Signature');
  if (!signature) return refuseSaml('the signature is not that of the message itself');
  const id = checkIds(root);
  checkForm(signature, id);

  const keys = keysOf(certificates);
  const node = parseDocument(text).getElementsByTagNameNS(NS.ds, 'Signature')[0]!;
  const signed = new SignedXml({ publicCert: 'of another place', getCertFromKeyInfo: () => null });
  signed.SignatureAlgorithms = Object.fromEntries(
    SIGNATURE_ALGORITHMS.map((algorithm) => [algorithm, verifierFor(keys, algorithm)]),
  );
  try {
    signed.loadSignature(node);
    if (!signed.checkSignature(text)) return refuseSaml('the signature is not good');
  } catch {
    return refuseSaml('the signature is not good');
  }
  const [canonical, ...others] = signed.getSignedReferences();
  const again = canonical === undefined || others.length > 0 ? undefined : parseXml(canonical);
  if (again?.name !== root.name || again.namespace !== root.namespace || again.attributes.ID !== id)
    return refuseSaml('the signature is of something else');
  return canonical!;
}

/** The library asks for one key by one algorithm: ours are several. */
function verifierFor(keys: ReturnType<typeof keysOf>, algorithm: string): new () => SignatureAlgorithm {
  return class implements SignatureAlgorithm {
    getAlgorithmName = () => algorithm;
    getSignature = () => refuseSaml('nothing is signed here');
    verifySignature = (data: string, _key: unknown, value: string) =>
      isSignedBy(keys, { algorithm, signature: Buffer.from(value, 'base64'), data: Buffer.from(data) });
  };
}

const signaturesIn = (root: XmlElement): XmlElement[] => [
  ...(root.namespace === NS.ds && root.name === 'Signature' ? [root] : []),
  ...root.children.flatMap(signaturesIn),
];

/** The root's ID, which names nothing else, in whatever spelling somebody may look for it. */
function checkIds(root: XmlElement): string {
  const ids = idsIn(root);
  if (new Set(ids).size !== ids.length) refuseSaml('two elements have the same ID');
  const id = root.attributes.ID;
  return id === undefined ? refuseSaml('the message has no ID') : id;
}

const idsIn = ({ attributes, children }: XmlElement): string[] => [
  ...Object.entries(attributes).flatMap(([name, value]) => (/^id$/i.test(name) ? [value] : [])),
  ...children.flatMap(idsIn),
];

function checkForm(signature: XmlElement, id: string): void {
  const parts = signature.children.map(({ namespace, name }) => (namespace === NS.ds ? name : ''));
  if (!/^SignedInfo SignatureValue( KeyInfo)?$/.test(parts.join(' ')))
    refuseSaml('the signature has more in it than a signature');
  const info = childOf(signature, NS.ds, 'SignedInfo') ?? refuseSaml('the signature has no SignedInfo');
  childOf(signature, NS.ds, 'SignatureValue') ?? refuseSaml('the signature has no value');
  const reference = childOf(info, NS.ds, 'Reference') ?? refuseSaml('the signature has no reference');
  if (reference.attributes.URI !== `#${id}`) refuseSaml('the signature is not of the message');
  const transforms = childrenOf(
    childOf(reference, NS.ds, 'Transforms') ?? refuseSaml('the signature has no transforms'),
    NS.ds,
    'Transform',
  );
  const algorithmOf = (parent: XmlElement, name: string) => childOf(parent, NS.ds, name)?.attributes.Algorithm ?? '';
  const isForm =
    transforms.map(({ attributes }) => attributes.Algorithm).join() === [ENVELOPED, EXC_C14N].join() &&
    algorithmOf(info, 'CanonicalizationMethod') === EXC_C14N &&
    SIGNATURE_ALGORITHMS.includes(algorithmOf(info, 'SignatureMethod')) &&
    [SHA256, SHA512].includes(algorithmOf(reference, 'DigestMethod'));
  if (!isForm) refuseSaml('the signature must be enveloped, exclusive, by RSA or ECDSA, with SHA-256 or better');
}
