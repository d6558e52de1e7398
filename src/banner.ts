import type { Demo } from './demo-tenant.ts';

/** What a new user wants to know after the first start: plain text, ready to be pasted. */
export const banner = (
  { issuer, baseUrl, clientId, clientSecret, email, password, api }: Demo,
  hasInbox: boolean,
): string => `
  Gatehouse is ready.

  Issuer      ${issuer}
  Try it      ${baseUrl}/demo      (a relying party: sign in, see claims, refresh, sign out)${
    hasInbox ? `\n  Inbox       ${baseUrl}/inbox     (mails and text messages that were, or would have been, sent)` : ''
  }
  User        ${email}
  Password    ${password}      (until you change it)

  Metadata of the issuer:
    curl -s ${issuer}/.well-known/openid-configuration

  An access token for an API (client credentials):
    curl -s -u '${clientId}:${clientSecret}' ${issuer}/token -d grant_type=client_credentials -d resource=${api} -d scope=read
`;
