/** Which modules each plan runs, as the suite's plans list them. */

const words = (text: string) => text.trim().split(/\s+/);

const ANY_RESPONSE_TYPE = words(`
  oidcc-server oidcc-idtoken-signature oidcc-scope-profile oidcc-scope-email oidcc-scope-address oidcc-scope-phone
  oidcc-scope-all oidcc-ensure-other-scope-order-succeeds oidcc-display-page oidcc-display-popup oidcc-prompt-login
  oidcc-prompt-none-not-logged-in oidcc-prompt-none-logged-in oidcc-max-age-1 oidcc-max-age-10000
  oidcc-ensure-request-with-unknown-parameter-succeeds oidcc-id-token-hint oidcc-login-hint oidcc-ui-locales
  oidcc-claims-locales oidcc-ensure-request-with-acr-values-succeeds oidcc-ensure-registered-redirect-uri
  oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
  oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
  oidcc-ensure-request-object-with-redirect-uri oidcc-claims-essential`);
const WITH_USERINFO = words('oidcc-userinfo-get oidcc-userinfo-post-header oidcc-userinfo-post-body');
const WITH_CODE = words('oidcc-codereuse oidcc-codereuse-30seconds oidcc-refresh-token');
const WITHOUT_NONCE = 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow';
const WITH_NONCE = 'oidcc-ensure-request-without-nonce-fails';
const ONCE = 'oidcc-response-type-missing';
const PKCE = 'oidcc-ensure-request-with-valid-pkce-succeeds';

export const BASIC = {
  code: [
    ...ANY_RESPONSE_TYPE,
    ...WITH_USERINFO,
    ...WITH_CODE,
    WITHOUT_NONCE,
    ONCE,
    PKCE,
    ...words('oidcc-idtoken-unsigned oidcc-ensure-post-request-succeeds'),
  ],
};

export const IMPLICIT = {
  id_token: [...ANY_RESPONSE_TYPE, WITH_NONCE],
  'id_token token': [...ANY_RESPONSE_TYPE, ...WITH_USERINFO, WITH_NONCE, ONCE],
};

export const HYBRID = {
  'code id_token': [...ANY_RESPONSE_TYPE, ...WITH_USERINFO, ...WITH_CODE, WITH_NONCE, ONCE, PKCE],
  'code token': [...ANY_RESPONSE_TYPE, ...WITH_USERINFO, ...WITH_CODE, WITHOUT_NONCE],
  'code id_token token': [...ANY_RESPONSE_TYPE, ...WITH_USERINFO, ...WITH_CODE, WITH_NONCE],
};
