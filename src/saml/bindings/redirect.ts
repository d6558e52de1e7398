import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SamlKey } from '../../tenants/saml-keys.ts';
import { refuseSaml } from '../refusal.ts';
import { RSA_SHA256 } from '../xml/algorithms.ts';
import { signatureOf } from '../xml/sign.ts';
import type { Xml } from '../xml/write.ts';
import { checkedText, checkRelayState, fromBase64, type Kind, kindOf, MAX_XML, type Message } from './message.ts';

const DEFLATE = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';

/**
 * HTTP Redirect binding (SAML 2.0 Bindings 3.4). What is signed is the query as it was sent, percent-encoding and all. Some sign
 * one spelling and send another (`%20`, `+`): both say the same values, and those are what is read. Error `saml_refused`.
 */
export function readRedirect(query: string): Message {
  const raw = rawParameters(query);
  const valueAt = (name: string) => (raw.has(name) ? decoded(raw.get(name)!) : undefined);
  const kind = kindOf((name) => raw.has(name));
  const relayState = valueAt('RelayState');
  checkRelayState(relayState);
  if ((valueAt('SAMLEncoding') ?? DEFLATE) !== DEFLATE) refuseSaml('the message has an encoding that is not known');
  const xml = checkedText(inflated(fromBase64(valueAt(kind)!)));

  const algorithm = valueAt('SigAlg');
  const signature = valueAt('Signature');
  if ((algorithm === undefined) !== (signature === undefined)) refuseSaml('SigAlg and Signature go together');
  const spelled = (spell: (name: string) => string) =>
    [kind, 'RelayState', 'SigAlg'].flatMap((name) => (raw.has(name) ? `${name}=${spell(name)}` : [])).join('&');
  return {
    kind,
    binding: 'redirect',
    xml,
    relayState,
    signature:
      algorithm === undefined
        ? undefined
        : {
            algorithm,
            signature: fromBase64(signature!),
            spellings: [spelled((name) => raw.get(name)!), spelled((name) => encodeURIComponent(valueAt(name)!))],
          },
  };
}

/** The address that takes a message of ours there, signed. */
export function redirectUrl(
  key: SamlKey,
  uri: string,
  { kind, message, relayState }: { kind: Kind; message: Xml; relayState: string | undefined },
): string {
  const query = new URLSearchParams({
    [kind]: deflateRawSync(message.xml).toString('base64'),
    ...(relayState !== undefined && { RelayState: relayState }),
    SigAlg: RSA_SHA256,
  }).toString();
  const signature = new URLSearchParams({ Signature: signatureOf(key, query) });
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}&${signature}`;
}

/** Values as they were sent. Which one of two is meant, two programs may see differently. */
function rawParameters(query: string): Map<string, string> {
  const raw = new Map<string, string>();
  for (const pair of query.split('&').filter(Boolean)) {
    const at = pair.indexOf('=');
    const name = decoded(at < 0 ? pair : pair.slice(0, at));
    if (raw.has(name)) refuseSaml('a parameter is given twice');
    raw.set(name, at < 0 ? '' : pair.slice(at + 1));
  }
  return raw;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return refuseSaml('the address has a malformed percent-encoding');
  }
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_XML });
  } catch {
    return refuseSaml('the message cannot be inflated, or is too large');
  }
}
