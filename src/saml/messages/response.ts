import { ATTRIBUTE_FORMATS, BEARER, NS } from '../names.ts';
import { dateTime, element, type Xml } from '../xml/write.ts';
import { SKEW } from './envelope.ts';
import { type NameId, writeNameId } from './name-id.ts';
import { type Status, writeStatus } from './status.ts';

/** Times in milliseconds since the epoch. */
type Common = { id: string; issuer: string; acs: string; inResponseTo: string | undefined; now: number };

export type Attribute = {
  name: string;
  format: keyof typeof ATTRIBUTE_FORMATS;
  friendlyName: string | undefined;
  values: string[];
};

export type Told = Common & {
  audience: string;
  until: number;
  nameId: NameId;
  session: { index: string; authenticatedAt: number; contextClass: string; until: number | undefined };
  attributes: Attribute[];
};

/** A response (SAML 2.0 Core 3.3.3) around an assertion, or around nothing where the status is not a success. */
export const writeResponse = (status: Status, { id, issuer, acs, inResponseTo, now }: Common, assertion?: Xml): Xml =>
  element(
    'samlp:Response',
    {
      'xmlns:samlp': NS.samlp,
      'xmlns:saml': NS.saml,
      ID: id,
      Version: '2.0',
      IssueInstant: dateTime(now),
      Destination: acs,
      InResponseTo: inResponseTo,
    },
    element('saml:Issuer', {}, issuer),
    writeStatus(status),
    assertion,
  );

/** An assertion by the Web Browser SSO profile (Core 2.3.3, Profiles 4.1.4.2): for one service provider, address and request. */
export const writeAssertion = (told: Told): Xml =>
  element(
    'saml:Assertion',
    { 'xmlns:saml': NS.saml, ID: told.id, Version: '2.0', IssueInstant: dateTime(told.now) },
    element('saml:Issuer', {}, told.issuer),
    element(
      'saml:Subject',
      {},
      writeNameId(told.nameId, { idp: told.issuer, sp: told.audience }),
      element(
        'saml:SubjectConfirmation',
        { Method: BEARER },
        element('saml:SubjectConfirmationData', {
          InResponseTo: told.inResponseTo,
          NotOnOrAfter: dateTime(told.until),
          Recipient: told.acs,
        }),
      ),
    ),
    element(
      'saml:Conditions',
      { NotBefore: dateTime(told.now - SKEW), NotOnOrAfter: dateTime(told.until) },
      element('saml:AudienceRestriction', {}, element('saml:Audience', {}, told.audience)),
    ),
    authnStatement(told.session),
    told.attributes.length === 0
      ? undefined
      : element('saml:AttributeStatement', {}, ...told.attributes.map(writeAttribute)),
  );

const authnStatement = ({ index, authenticatedAt, contextClass, until }: Told['session']): Xml =>
  element(
    'saml:AuthnStatement',
    {
      AuthnInstant: dateTime(authenticatedAt),
      SessionIndex: index,
      SessionNotOnOrAfter: until === undefined ? undefined : dateTime(until),
    },
    element('saml:AuthnContext', {}, element('saml:AuthnContextClassRef', {}, contextClass)),
  );

const writeAttribute = ({ name, format, friendlyName, values }: Attribute): Xml =>
  element(
    'saml:Attribute',
    { Name: name, NameFormat: ATTRIBUTE_FORMATS[format], FriendlyName: friendlyName },
    ...values.map((value) => element('saml:AttributeValue', {}, value)),
  );
