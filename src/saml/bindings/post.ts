import type { Form } from '../../http/form.ts';
import { checkedText, checkRelayState, fromBase64, kindOf, type Message } from './message.ts';

/** HTTP POST binding (SAML 2.0 Bindings 3.5). Error `saml_refused`. */
export function readPost(form: Form): Message {
  const kind = kindOf((name) => form.has(name));
  const relayState = form.get('RelayState');
  checkRelayState(relayState);
  const xml = checkedText(fromBase64(form.get(kind)!));
  return { kind, binding: 'post', xml, relayState, signature: undefined };
}
