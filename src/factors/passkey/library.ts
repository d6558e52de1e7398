/** Loaded when first needed: every start, and every command of the command line, would wait 150 ms for it. */
export const webauthn = () => import('@simplewebauthn/server');
export const webauthnHelpers = () => import('@simplewebauthn/server/helpers');
