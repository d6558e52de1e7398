import type { RiskPolicy } from '../tenants/settings/risk.ts';
import type { Tenant } from '../tenants/tenant.ts';

type Provider = NonNullable<RiskPolicy['captcha']>['provider'];

/** What the page needs: a script, an element of class `element` with `data-sitekey`, and sources for its CSP. */
export type CaptchaPage = {
  provider: Provider;
  siteKey: string;
  script: string;
  element: string;
  csp: { script: string[]; frame: string[]; style: string[]; connect: string[] };
};

/** `unavailable`: the provider gave no verdict. */
export type CaptchaVerdict = 'passed' | 'failed' | 'unavailable';

const CLOUDFLARE = ['https://challenges.cloudflare.com'];
const HCAPTCHA = ['https://hcaptcha.com', 'https://*.hcaptcha.com'];

const PROVIDERS = {
  turnstile: {
    script: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
    verify: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
    element: 'cf-turnstile',
    field: 'cf-turnstile-response',
    csp: { script: CLOUDFLARE, frame: CLOUDFLARE, style: [], connect: [] },
  },
  hcaptcha: {
    script: 'https://js.hcaptcha.com/1/api.js',
    verify: 'https://api.hcaptcha.com/siteverify',
    element: 'h-captcha',
    field: 'h-captcha-response',
    csp: { script: HCAPTCHA, frame: HCAPTCHA, style: HCAPTCHA, connect: HCAPTCHA },
  },
} as const;

/** Milliseconds a provider has to answer, for the `fetch` that is given. */
export const CAPTCHA_TIMEOUT = 3000;
/** A token of a provider is at most 2048 characters (Turnstile); hCaptcha's are longer. */
const MAX_RESPONSE = 8192;

/** The part of the page, where the tenant has a provider. */
export function captchaPage({ settings }: Tenant): CaptchaPage | undefined {
  const { captcha } = settings.risk;
  if (!captcha) return undefined;
  const { script, element, csp } = PROVIDERS[captcha.provider];
  return {
    provider: captcha.provider,
    siteKey: captcha.site_key,
    script,
    element,
    csp: { script: [...csp.script], frame: [...csp.frame], style: [...csp.style], connect: [...csp.connect] },
  };
}

/** What the provider's element put into the form; empty: it did not run. */
export const captchaResponse = ({ settings }: Tenant, form: { get(name: string): string | undefined | null }): string =>
  (settings.risk.captcha && form.get(PROVIDERS[settings.risk.captcha.provider].field)) ?? '';

/** Asks the tenant's provider about a response, which passes there once. `fetch`: the guarded one. */
export async function checkCaptcha(
  fetch: typeof globalThis.fetch,
  tenant: Tenant,
  { response, ip }: { response: string; ip: string },
): Promise<CaptchaVerdict> {
  const { captcha } = tenant.settings.risk;
  if (!captcha || response === '' || response.length > MAX_RESPONSE) return 'failed';
  const { verify } = PROVIDERS[captcha.provider];
  const secret = tenant.openSecret(captcha.secret);
  try {
    const answer = await fetch(verify, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ secret, response, remoteip: ip, sitekey: captcha.site_key }).toString(),
    });
    if (!answer.ok) return 'unavailable';
    const { success, hostname } = (await answer.json()) as { success?: unknown; hostname?: unknown };
    // Solved on a page of somebody else, who sends his visitors' answers here.
    const isOurs = hostname === undefined || hostname === new URL(tenant.issuer).hostname;
    return success === true && isOurs ? 'passed' : 'failed';
  } catch {
    return 'unavailable';
  }
}
