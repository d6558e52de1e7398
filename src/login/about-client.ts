import { webUri } from '../core/web-uri.ts';
import type { Interaction } from '../oidc/interaction.ts';

/** What a client says of itself (OpenID Connect Dynamic Client Registration 1.0 2), as far as it may be shown. */
export type AboutClient = {
  logo: string | undefined;
  site: string | undefined;
  policy: string | undefined;
  terms: string | undefined;
};

export const aboutClient = ({ logoUri, clientUri, policyUri, tosUri }: Interaction['client']): AboutClient => ({
  // A logo over plain http would be blocked, or replaced on its way.
  logo: URL.parse(logoUri ?? '')?.protocol === 'https:' ? logoUri : undefined,
  site: webUri(clientUri),
  policy: webUri(policyUri),
  terms: webUri(tosUri),
});
