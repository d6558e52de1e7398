/** What tokens for the API of grants allow (Grant Management for OAuth 2.0, 4). */
export const GRANT_SCOPES = ['grant_management_query', 'grant_management_revoke'] as const;

/** Where that API is, and the audience of those tokens. */
export const grantsEndpoint = ({ issuer }: { issuer: string }): string => `${issuer}/grants`;
