/**
 * The methods of the core's models that we give our own bodies to. They are not in its types; a test holds that each is
 * there and is called, so that an upgrade which moves one fails at once.
 */
type ModelMethods = {
  generateTokenId(this: { format?: string }): string;
  compareClientSecret(this: { clientId: string; clientSecret: string }, given: string): Promise<boolean>;
  backchannelLogout(this: { clientId: string }, accountId: string, sid: string | undefined): Promise<void>;
  backchannelPing(
    this: { clientId: string },
    request: { jti: string; accountId: string; exp: number; params: { client_notification_token: string } },
  ): Promise<void>;
  includeSid(this: { frontchannel_logout_uri?: string; frontchannel_logout_session_required?: boolean }): unknown;
  destroy(this: {
    accountId?: string;
    authorizations?: Record<string, { sid?: string; grantId?: string }>;
  }): Promise<void>;
};

export const methodsOf = (model: { prototype: object }) => model.prototype as ModelMethods;
