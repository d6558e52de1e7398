import type { Tenant } from '../tenants/tenant.ts';

/** Where the links of mails lead, below the issuer. Each page shows a button; only that (POST) does anything. */
const PAGES = {
  sign_in: 'account',
  sign_up: 'sign-up',
  invitation: 'invitation',
  forgot: 'recovery',
  reset: 'recovery/password',
  cancel_factor_reset: 'recovery/cancel',
  not_me: 'recovery/not-me',
  email_change: 'account/email/verify',
  requests: 'account/requests',
  email_undo: 'recovery/email',
} as const;

export const pageUrl = ({ issuer }: Pick<Tenant, 'issuer'>, page: keyof typeof PAGES, token?: string): string =>
  `${issuer}/${PAGES[page]}${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`;
