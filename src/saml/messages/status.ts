import { NS } from '../names.ts';
import { childOf, type XmlElement } from '../xml/read.ts';
import { element, type Xml } from '../xml/write.ts';

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';

/** SAML 2.0 Core 3.2.2.2: whose fault it is, and what it is. */
export type Status = { code: 'Success' | 'Requester' | 'Responder'; detail?: Detail; message?: string };
type Detail =
  | 'AuthnFailed'
  | 'InvalidNameIDPolicy'
  | 'NoAuthnContext'
  | 'NoPassive'
  | 'PartialLogout'
  | 'RequestDenied'
  | 'UnknownPrincipal';

export const writeStatus = ({ code, detail, message }: Status): Xml =>
  element(
    'samlp:Status',
    {},
    element(
      'samlp:StatusCode',
      { Value: STATUS + code },
      detail && element('samlp:StatusCode', { Value: STATUS + detail }),
    ),
    message === undefined ? undefined : element('samlp:StatusMessage', {}, message),
  );

/** Whether all of it was done. */
export function isSuccess(root: XmlElement): boolean {
  const status = childOf(root, NS.samlp, 'Status');
  const code = status && childOf(status, NS.samlp, 'StatusCode');
  return code?.attributes.Value === `${STATUS}Success` && code.children.length === 0;
}
