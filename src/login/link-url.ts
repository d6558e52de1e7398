import type { LinkTo } from '../accounts/ports.ts';
import { interactionPath } from '../oidc/interaction-path.ts';
import type { Visit } from './visit.ts';

/** Where a mailed link leads: to the page `opened.<step>` of the sign-in that it was sent from. */
export const linkTo =
  ({ tenant, interaction: { uid, client } }: Visit, step: string): LinkTo =>
  (token) =>
    new URL(interactionPath(tenant, uid, { client: client.id, token }, step), tenant.issuer).href;
