import { BINDINGS, NS } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { booleanOf, childOf, childrenOf, type XmlElement } from '../xml/read.ts';
import { type NameId, readNameId } from './name-id.ts';

const COMPARISONS = ['exact', 'minimum', 'better', 'maximum'] as const;

/** How strong a sign-in is asked for (SAML 2.0 Core 3.3.2.2.1). */
export type RequestedContext = { comparison: (typeof COMPARISONS)[number]; classes: string[] };

/** A request for a sign-in (SAML 2.0 Core 3.4.1). */
export type AuthnRequest = {
  acs: { uri: string } | { index: number } | undefined;
  forceAuthn: boolean;
  isPassive: boolean;
  nameIdFormat: string | undefined;
  context: RequestedContext | undefined;
  /** Who is to sign in. */
  subject: NameId | undefined;
};

/** Error `saml_refused`. Its envelope is read apart. */
export function readAuthnRequest(root: XmlElement, issuer: string): AuthnRequest {
  const { ProtocolBinding = BINDINGS.post } = root.attributes;
  if (ProtocolBinding !== BINDINGS.post) refuseSaml(`the ProtocolBinding must be ${BINDINGS.post}`);
  const policy = childOf(root, NS.samlp, 'NameIDPolicy');
  if ((policy?.attributes.SPNameQualifier ?? issuer) !== issuer) refuseSaml('the SPNameQualifier must be the Issuer');
  const subject = childOf(root, NS.saml, 'Subject');
  return {
    acs: acsOf(root),
    forceAuthn: booleanOf(root, 'ForceAuthn'),
    isPassive: booleanOf(root, 'IsPassive'),
    nameIdFormat: policy?.attributes.Format,
    context: contextOf(root),
    subject: subject && (readNameId(subject) ?? refuseSaml('the Subject has no NameID')),
  };
}

function acsOf({ attributes }: XmlElement): AuthnRequest['acs'] {
  const { AssertionConsumerServiceURL: uri, AssertionConsumerServiceIndex: index } = attributes;
  if (uri !== undefined && index !== undefined)
    refuseSaml('AssertionConsumerServiceURL and AssertionConsumerServiceIndex exclude each other');
  if (uri !== undefined) return { uri };
  if (index === undefined) return undefined;
  return /^\d{1,5}$/.test(index)
    ? { index: Number(index) }
    : refuseSaml('the AssertionConsumerServiceIndex is no number');
}

function contextOf(root: XmlElement): RequestedContext | undefined {
  const requested = childOf(root, NS.samlp, 'RequestedAuthnContext');
  if (!requested) return undefined;
  const given = requested.attributes.Comparison ?? 'exact';
  const comparison = COMPARISONS.find((one) => one === given) ?? refuseSaml('the Comparison is not known');
  return { comparison, classes: childrenOf(requested, NS.saml, 'AuthnContextClassRef').map(({ text }) => text) };
}
