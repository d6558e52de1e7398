import type { Allowed } from '../privacy/grants.ts';

/** Grant Management for OAuth 2.0, 6.4. */
export const viewOf = ({ scopes, claims, resources, details }: Allowed) => ({
  scopes: [
    ...(scopes.length > 0 ? [{ scope: scopes.join(' ') }] : []),
    ...Object.entries(resources).map(([resource, of]) => ({ scope: of.join(' '), resources: [resource] })),
  ],
  claims,
  authorization_details: details,
});
