/** RFC 8693 3. */
export const TOKEN_TYPE = {
  access: 'urn:ietf:params:oauth:token-type:access_token',
  refresh: 'urn:ietf:params:oauth:token-type:refresh_token',
  id: 'urn:ietf:params:oauth:token-type:id_token',
  /** OpenID Connect Native SSO for Mobile Apps 1.0, 4.2. */
  deviceSecret: 'urn:openid:params:token-type:device-secret',
} as const;

export const GRANT_TYPE = {
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
} as const;
