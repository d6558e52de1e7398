import { createRequire } from 'node:module';

/**
 * The XML libraries, and what is used of them. Not imported: their own declarations bring the types of browsers along, which
 * then were known everywhere here.
 */
const load = createRequire(import.meta.url);

export type XmlNode = {
  nodeType: number;
  nodeValue: string | null;
  localName: string;
  namespaceURI: string | null;
  childNodes: ArrayLike<XmlNode>;
  attributes: ArrayLike<{ name: string; value: string; namespaceURI: string | null }>;
};
export type XmlDocument = XmlNode & {
  documentElement: XmlNode;
  getElementsByTagNameNS(namespace: string, name: string): ArrayLike<XmlNode>;
};
type Complain = (message: unknown) => void;

export const { DOMParser } = load('@xmldom/xmldom') as {
  DOMParser: new (options: {
    errorHandler: Record<'warning' | 'error' | 'fatalError', Complain>;
  }) => {
    parseFromString(text: string, type: string): XmlDocument | undefined;
  };
};

/** `signature` in base64. */
export interface SignatureAlgorithm {
  getAlgorithmName(): string;
  getSignature(data: string, key: unknown): string;
  verifySignature(data: string, key: unknown, signature: string): boolean;
}

type SignedXmlOptions = {
  privateKey?: string;
  publicCert?: string;
  signatureAlgorithm?: string;
  canonicalizationAlgorithm?: string;
  getCertFromKeyInfo?: () => null;
};

export const { SignedXml } = load('xml-crypto') as {
  SignedXml: new (
    options: SignedXmlOptions,
  ) => {
    SignatureAlgorithms: Record<string, new () => SignatureAlgorithm>;
    addReference(reference: { xpath: string; transforms: string[]; digestAlgorithm: string }): void;
    computeSignature(xml: string, options: { prefix: string; location: { reference: string; action: 'after' } }): void;
    getSignedXml(): string;
    loadSignature(signature: XmlNode): void;
    checkSignature(xml: string): boolean;
    getSignedReferences(): string[];
  };
};

/** `rsa_pub`: the public key in PEM; `pem`: its certificate. */
type EncryptOptions = {
  rsa_pub: string;
  pem: string;
  encryptionAlgorithm: string;
  keyEncryptionAlgorithm: string;
  disallowEncryptionWithInsecureAlgorithm: true;
};

export const { encrypt } = load('xml-encryption') as {
  encrypt(text: string, options: EncryptOptions, done: (error: Error | null, xml: string) => void): void;
};
