import { z } from 'zod';
import { isMailbox } from '../core/mailbox.ts';
import { WEBHOOK_SECRET } from '../core/standard-webhooks.ts';
import { mailTarget, smsTarget } from './transports.ts';

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number, ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
}

const port = wholeNumber(0, 65_535);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

const baseUrl = z.string().transform((value, ctx) => {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    ctx.addIssue({
      code: 'custom',
      message: 'must be an http or https origin without a path, e.g. https://login.example.com',
    });
    return z.NEVER;
  }
  return url.origin;
});

const masterKey = z.string().transform((value, ctx) => {
  const key = Buffer.from(value.trim(), 'base64url');
  if (key.length !== 32) {
    ctx.addIssue({
      code: 'custom',
      message: 'must be 32 random bytes in base64 or base64url (openssl rand -base64 32)',
    });
    return z.NEVER;
  }
  return key;
});

/** Every setting, by the name of its environment variable. Each may also be given as `NAME_FILE`, a file with the value. */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('production refuses unsafe settings'),
  GATEHOUSE_URL: baseUrl.optional().describe('public base URL; default http://localhost:PORT'),
  PORT: port.default(3000).describe('where to listen; 0 for any free port'),
  HOST: z.string().optional().describe('address to listen on; default: all'),
  GATEHOUSE_DATA: z.string().min(1).default('./data').describe('folder of the embedded store and the made master key'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .describe('with REDIS_URL: the distributed store'),
  REDIS_URL: z
    .string()
    .regex(
      /^rediss?(\+sentinel|\+cluster)?:\/\//,
      'must begin with redis://, rediss://, redis+cluster:// or redis+sentinel://',
    )
    .optional()
    .describe('with MONGODB_URI: the distributed store'),
  GATEHOUSE_MASTER_KEY: masterKey
    .optional()
    .describe('wraps the data keys; made in GATEHOUSE_DATA when absent (embedded store only)'),
  GATEHOUSE_TRUSTED_PROXIES: list.default([]).describe('CIDRs whose X-Forwarded-* headers count'),
  GATEHOUSE_OUTBOUND_ALLOW: list
    .default([])
    .describe('CIDRs of private networks that requests to clients may reach (jwks_uri, ...); default: none'),
  GATEHOUSE_MTLS_PORT: port
    .optional()
    .describe('where to listen for clients with certificates (RFC 8705); default: nowhere'),
  GATEHOUSE_MTLS_CERT: z
    .string()
    .startsWith('-----BEGIN', 'must be PEM')
    .optional()
    .describe('certificate chain of that listener, in PEM'),
  GATEHOUSE_MTLS_KEY: z
    .string()
    .startsWith('-----BEGIN', 'must be PEM')
    .optional()
    .describe('private key of that listener, in PEM'),
  GATEHOUSE_MTLS_URL: baseUrl
    .optional()
    .describe('its public base URL; default: the host of GATEHOUSE_URL with that port'),
  GATEHOUSE_CLIENT_CERT_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
    .transform((name) => name.toLowerCase())
    .optional()
    .describe('header in which trusted proxies say the certificate of the client, e.g. Client-Cert (RFC 9440)'),
  GATEHOUSE_SAML: flag
    .default(false)
    .describe('let tenants speak SAML 2.0: with upstreams, and with service providers'),
  GATEHOUSE_SMTP_URL: mailTarget
    .optional()
    .describe(
      'who takes our mail: smtp://user:password@host:587 (STARTTLS; ?tls=none: in plain), smtps://…, file:FOLDER or console:; default: none, in development the inbox alone',
    ),
  GATEHOUSE_MAIL_FROM: z
    .string()
    .refine(isMailbox, 'must be a bare address, e.g. no-reply@example.com')
    .optional()
    .describe('the sender of our mail; needed with smtp'),
  GATEHOUSE_SMS_URL: smsTarget
    .optional()
    .describe(
      'who takes our text messages: https://… (a webhook, signed), twilio://SID:TOKEN@api.twilio.com?from=+1…, file:FOLDER or console:; default: none',
    ),
  GATEHOUSE_SMS_SECRET: z
    .string()
    .regex(WEBHOOK_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')
    .optional()
    .describe('signs what the webhook of GATEHOUSE_SMS_URL gets (Standard Webhooks)'),
  GATEHOUSE_INBOX: flag
    .optional()
    .describe(
      'keep all messages for a day and show them at /inbox to whoever reaches it; default: outside production, and to this machine only',
    ),
  GATEHOUSE_WORKERS: z
    .union([z.literal('auto'), wholeNumber(1, 256)], { error: 'must be auto, or a whole number, 1 to 256' })
    .default(1)
    .describe('processes; auto: one a core'),
  GATEHOUSE_MANAGEMENT_PORT: port.optional().describe('own port for /health and /metrics; default: the public one'),
  GATEHOUSE_BCRYPT_COST: wholeNumber(4, 15).default(12).describe('cost of password hashes; production: 10 or more'),
  GATEHOUSE_DEMO: flag
    .optional()
    .describe('make the demo tenant on an empty store and serve /demo; default: only outside production'),
  GATEHOUSE_SHUTDOWN_GRACE: wholeNumber(0, 600)
    .default(25)
    .describe('seconds that a stop may take; what is not answered then is cut off'),
  GATEHOUSE_SHUTDOWN_DRAIN: wholeNumber(0, 600)
    .optional()
    .describe(
      'seconds of these to serve on after SIGTERM while /health/ready says 503, for balancers to see it; default: 5 in production, else 0',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('pino level'),
} as const;

export const settingsSchema = z.object(settings);
