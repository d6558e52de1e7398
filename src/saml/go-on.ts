import { goOnPage } from '../http/go-on-page.ts';
import type { Page, Pages } from '../http/page.ts';
import type { SamlKey } from '../tenants/saml-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Kind } from './bindings/message.ts';
import { redirectUrl } from './bindings/redirect.ts';
import type { Binding } from './names.ts';
import type { ServiceProvider } from './service-provider.ts';
import type { SamlContext } from './visit.ts';
import { signedXml } from './xml/sign.ts';
import type { Xml } from './xml/write.ts';

/** A message of ours, for an address of a service provider. */
export type Outgoing = {
  sp: ServiceProvider;
  kind: Kind;
  binding: Binding;
  uri: string;
  message: Xml;
  relayState: string | undefined;
  /** Texts of the page: keys of the catalogues. */
  title: string;
  text: string;
};

/** The key that signs now. */
export const signingKey = ({ samlKeys }: Tenant): SamlKey => samlKeys[0]!;

/** Sends the browser on with a message, by a page that goes there by itself or by its button. */
export function sendOn(pages: Pages, ctx: SamlContext, outgoing: Outgoing): void {
  const { tenant, requestId } = ctx.state;
  const { sp, kind, binding, uri, message, relayState, title, text } = outgoing;
  const key = signingKey(tenant);
  const words = { client: sp.name, title, text };
  pages.send(ctx, { tenant, requestId }, binding === 'redirect' ? byRedirect() : byPost());

  function byRedirect(): Page {
    const goal = redirectUrl(key, uri, { kind, message, relayState });
    return goOnPage(ctx, 'saml-go', { ...words, goal, fields: [] });
  }

  function byPost(): Page {
    const fields = [
      { name: kind, value: Buffer.from(signedXml(key, message).xml).toString('base64') },
      ...(relayState === undefined ? [] : [{ name: 'RelayState', value: relayState }]),
    ];
    const formAction = [uri, ...sp.saml.redirect_origins];
    return { view: 'saml-go', formAction, data: { ...words, goal: uri, fields } };
  }
}
