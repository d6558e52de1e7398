import { type Finding, fail, ok, warn } from './finding.ts';

const TIMEOUT = 5000;
const MAX_SKEW = 10_000;

/** Whether a tenant's issuer answers as the world must see it, whatever a proxy or an attacker adds to a request. */
export async function checkIssuer(issuer: string, now: () => number): Promise<Finding[]> {
  const url = `${issuer}/.well-known/openid-configuration`;
  try {
    const plain = await discover(url);
    const foreign = foreignParts(issuer, plain.body);
    if (foreign) return [fail('issuer', `${url} ${foreign}`)];
    const skew = plain.date === undefined ? 0 : Math.abs(plain.date - now());
    return [
      ok('issuer', `${issuer} answers with itself`),
      ...(skew > MAX_SKEW ? [warn('clock', `differs from that of ${issuer} by ${Math.round(skew / 1000)} s`)] : []),
      await checkForged(issuer, url),
    ];
  } catch (error) {
    return [
      fail('issuer', `${url} is not reachable (${reasonOf(error)}): is the server running, GATEHOUSE_URL right?`),
    ];
  }
}

/** A forged header must not reach a link: else it could be put into mails and caches. */
async function checkForged(issuer: string, url: string): Promise<Finding> {
  const headers = {
    'x-forwarded-host': 'forged.invalid',
    'x-forwarded-proto': 'http',
    forwarded: 'host=forged.invalid',
  };
  const { body } = await discover(url, headers);
  const foreign = foreignParts(issuer, body);
  return foreign
    ? fail('proxy headers', `with forged X-Forwarded-* headers ${url} ${foreign}`)
    : ok('proxy headers', 'forged X-Forwarded-* headers change nothing');
}

function foreignParts(issuer: string, body: Record<string, unknown>): string | undefined {
  if (body.issuer !== issuer) return `says it is ${JSON.stringify(body.issuer)}, not ${issuer}`;
  const foreign = Object.entries(body).find(
    ([name, value]) =>
      /_(endpoint|uri)$/.test(name) && !/^(op_|service_)/.test(name) && !String(value).startsWith(`${issuer}/`),
  );
  return foreign && `has its ${foreign[0]} elsewhere: ${JSON.stringify(foreign[1])}`;
}

async function discover(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) });
  const date = Date.parse(response.headers.get('date') ?? '');
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const body = (await response.json()) as Record<string, unknown>;
  return { body, date: Number.isNaN(date) ? undefined : date };
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
