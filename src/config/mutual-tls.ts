import type { Problem } from '../core/errors.ts';

export type MutualTlsConfig = {
  /** The origin that clients with certificates go to, where it is not the issuer's own. */
  url: string | undefined;
  /** Where to listen, and by which key; absent: a proxy does. */
  port: number | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** The header, in lower case, in which trusted proxies say the certificate. */
  header: string | undefined;
};

type Given = {
  GATEHOUSE_MTLS_PORT?: number | undefined;
  GATEHOUSE_MTLS_CERT?: string | undefined;
  GATEHOUSE_MTLS_KEY?: string | undefined;
  GATEHOUSE_MTLS_URL?: string | undefined;
  GATEHOUSE_CLIENT_CERT_HEADER?: string | undefined;
};

/** `url` is the installation's. */
export function mutualTlsOf(given: Given, url: string): MutualTlsConfig | undefined {
  if (Object.entries(given).every(([name, value]) => !NAMES.includes(name) || value === undefined)) return undefined;
  const port = given.GATEHOUSE_MTLS_PORT;
  return {
    url: given.GATEHOUSE_MTLS_URL ?? (port === undefined ? undefined : `https://${new URL(url).hostname}:${port}`),
    port,
    cert: given.GATEHOUSE_MTLS_CERT,
    key: given.GATEHOUSE_MTLS_KEY,
    header: given.GATEHOUSE_CLIENT_CERT_HEADER,
  };
}

const NAMES = [
  'GATEHOUSE_MTLS_PORT',
  'GATEHOUSE_MTLS_CERT',
  'GATEHOUSE_MTLS_KEY',
  'GATEHOUSE_MTLS_URL',
  'GATEHOUSE_CLIENT_CERT_HEADER',
];

/** What does not go together. */
export function mutualTlsProblems(config: {
  mutualTls: MutualTlsConfig | undefined;
  url: string;
  trustedProxies: readonly string[];
}): Problem[] {
  const { mutualTls } = config;
  if (!mutualTls) return [];
  const { port, cert, key, header, url } = mutualTls;
  const problems: Problem[] = [];
  const say = (pointer: string, message: string) => problems.push({ pointer, message });
  if (port === undefined && (cert !== undefined || key !== undefined))
    say('GATEHOUSE_MTLS_PORT', 'is needed with GATEHOUSE_MTLS_CERT and GATEHOUSE_MTLS_KEY');
  if (port !== undefined && (cert === undefined || key === undefined))
    say('GATEHOUSE_MTLS_CERT', 'and GATEHOUSE_MTLS_KEY are needed with GATEHOUSE_MTLS_PORT');
  if (port === undefined && header === undefined)
    say('GATEHOUSE_MTLS_URL', 'goes with GATEHOUSE_MTLS_PORT or GATEHOUSE_CLIENT_CERT_HEADER');
  if (header !== undefined && config.trustedProxies.length === 0)
    say(
      'GATEHOUSE_CLIENT_CERT_HEADER',
      'is believed from trusted proxies only: name them in GATEHOUSE_TRUSTED_PROXIES',
    );
  if (url?.startsWith('http:')) say('GATEHOUSE_MTLS_URL', `is ${url}: certificates need https`);
  if (url === config.url) say('GATEHOUSE_MTLS_URL', 'is GATEHOUSE_URL itself: leave it out');
  return problems;
}
