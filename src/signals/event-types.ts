const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type';

/** What is told of users (OpenID CAEP 1.0, OpenID RISC Profile 1.0). */
export const EVENT = {
  sessionRevoked: `${CAEP}/session-revoked`,
  credentialChange: `${CAEP}/credential-change`,
  credentialCompromise: `${RISC}/credential-compromise`,
  accountDisabled: `${RISC}/account-disabled`,
  accountEnabled: `${RISC}/account-enabled`,
  accountPurged: `${RISC}/account-purged`,
} as const;

export const SUPPORTED: readonly string[] = Object.values(EVENT);

/** Of the stream itself (SSF 1.0 8.1.4, 8.1.5): nobody asks for them. */
export const VERIFICATION = `${SSF}/verification`;
export const STREAM_UPDATED = `${SSF}/stream-updated`;
