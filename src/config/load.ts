import { readFileSync } from 'node:fs';
import { badConfig, type Problem } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { networks } from '../core/networks.ts';
import { type MutualTlsConfig, mutualTlsOf, mutualTlsProblems } from './mutual-tls.ts';
import { settings, settingsSchema } from './schema.ts';
import type { MailTarget, SmsTarget } from './transports.ts';
import { unknownSettings } from './unknown.ts';

/** What `schema.ts` says of each setting, with defaults. */
export type Config = {
  production: boolean;
  /** The public origin, without a slash at its end. */
  url: string;
  port: number;
  host: string | undefined;
  dataDir: string;
  mongoUri: string | undefined;
  redisUrl: string | undefined;
  /** 32 bytes; absent: the one in the data folder. */
  masterKey: Buffer | undefined;
  /** CIDRs. */
  trustedProxies: string[];
  /** CIDRs. */
  outboundAllow: string[];
  /** How clients come with certificates; absent: they cannot. */
  mutualTls: MutualTlsConfig | undefined;
  /** Whether SAML may be spoken, with upstreams and service providers. */
  saml: boolean;
  mailTarget: MailTarget | undefined;
  mailFrom: string | undefined;
  smsTarget: SmsTarget | undefined;
  smsSecret: string | undefined;
  /** Whether messages are kept to be looked at, and who may: nobody, this machine, whoever reaches it. */
  inbox: 'off' | 'local' | 'open';
  workers: number | 'auto';
  managementPort: number | undefined;
  bcryptCost: number;
  demo: boolean;
  /** Seconds. */
  shutdownGrace: number;
  /** Seconds, a part of `shutdownGrace`. */
  shutdownDrain: number;
  logLevel: string;
  /** Names in the environment that look like settings and are none. */
  unknown: string[];
};

/**
 * Reads and checks every setting; the only reader of the environment.
 * Error `bad_config` names each bad setting, what was given (never a secret) and what is allowed.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const given: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of Object.keys(settings)) {
    const value = read(env, name, problems);
    if (value !== undefined && value !== '') given[name] = value;
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      problems.push({ pointer: name, message: `${shown(name, given[name])}: ${issue.message}` });
    }
  }
  if (!parsed.success || problems.length > 0) throw refusal(problems);

  const data = parsed.data;
  const production = data.NODE_ENV === 'production';
  const url = data.GATEHOUSE_URL ?? `http://localhost:${data.PORT}`;
  const config: Config = {
    production,
    url,
    port: data.PORT,
    host: data.HOST,
    dataDir: data.GATEHOUSE_DATA,
    mongoUri: data.MONGODB_URI,
    redisUrl: data.REDIS_URL,
    masterKey: data.GATEHOUSE_MASTER_KEY,
    trustedProxies: data.GATEHOUSE_TRUSTED_PROXIES,
    outboundAllow: data.GATEHOUSE_OUTBOUND_ALLOW,
    mutualTls: mutualTlsOf(data, url),
    saml: data.GATEHOUSE_SAML,
    mailTarget: data.GATEHOUSE_SMTP_URL,
    mailFrom: data.GATEHOUSE_MAIL_FROM,
    smsTarget: data.GATEHOUSE_SMS_URL,
    smsSecret: data.GATEHOUSE_SMS_SECRET,
    inbox: inboxOf(production, data.GATEHOUSE_INBOX),
    workers: data.GATEHOUSE_WORKERS,
    managementPort: data.GATEHOUSE_MANAGEMENT_PORT,
    bcryptCost: data.GATEHOUSE_BCRYPT_COST,
    demo: data.GATEHOUSE_DEMO ?? !production,
    shutdownGrace: data.GATEHOUSE_SHUTDOWN_GRACE,
    shutdownDrain: data.GATEHOUSE_SHUTDOWN_DRAIN ?? (production ? 5 : 0),
    logLevel: data.LOG_LEVEL,
    unknown: unknownSettings(env),
  };
  problems.push(...contradictions(config));
  if (problems.length > 0) throw refusal(problems);
  return Object.freeze(config);
}

function contradictions(config: Config): Problem[] {
  const problems: Problem[] = [];
  const say = (pointer: string, message: string) => problems.push({ pointer, message });
  if (Boolean(config.mongoUri) !== Boolean(config.redisUrl)) {
    say(
      config.mongoUri ? 'REDIS_URL' : 'MONGODB_URI',
      'the distributed store needs both MONGODB_URI and REDIS_URL; without either the embedded one is used',
    );
  }
  if (config.mongoUri && !config.masterKey) {
    say(
      'GATEHOUSE_MASTER_KEY',
      'several nodes share one key: it must be given with the distributed store (openssl rand -base64 32)',
    );
  }
  problems.push(...mutualTlsProblems(config));
  if (config.mailTarget?.kind === 'smtp' && !config.mailFrom)
    say('GATEHOUSE_MAIL_FROM', 'is needed with a mail server in GATEHOUSE_SMTP_URL');
  if ((config.smsTarget?.kind === 'webhook') !== (config.smsSecret !== undefined))
    say('GATEHOUSE_SMS_SECRET', 'goes with a webhook in GATEHOUSE_SMS_URL: give both or neither');
  for (const [pointer, cidrs] of [
    ['GATEHOUSE_TRUSTED_PROXIES', config.trustedProxies],
    ['GATEHOUSE_OUTBOUND_ALLOW', config.outboundAllow],
  ] as const) {
    try {
      networks(cidrs);
    } catch (error) {
      say(pointer, (error as TypeError).message);
    }
  }
  if (config.production) {
    if (config.url.startsWith('http:') && !isLoopback(new URL(config.url).hostname))
      say('GATEHOUSE_URL', `is ${config.url}: production needs https`);
    if (config.bcryptCost < 10) say('GATEHOUSE_BCRYPT_COST', `is ${config.bcryptCost}: production needs 10 or more`);
    // Of thirty-two random bytes fewer than 16 are different about once in 10^16 keys.
    if (config.masterKey && new Set(config.masterKey).size < 16)
      say(
        'GATEHOUSE_MASTER_KEY',
        'was given: it is not random, production needs one that is (openssl rand -base64 32)',
      );
    // What is printed ends in logs, codes and links with it.
    if (config.mailTarget?.kind === 'console')
      say('GATEHOUSE_SMTP_URL', 'is console: production refuses to print mail');
    if (config.smsTarget?.kind === 'console')
      say('GATEHOUSE_SMS_URL', 'is console: production refuses to print messages');
    if (config.inbox !== 'off')
      say('GATEHOUSE_INBOX', 'is on: production refuses the inbox, which shows codes and links');
    if (config.demo) say('GATEHOUSE_DEMO', 'is on: production refuses the demo tenant, whose secrets are printed');
  }
  return problems;
}

function inboxOf(production: boolean, wanted: boolean | undefined): Config['inbox'] {
  if (wanted !== undefined) return wanted ? 'open' : 'off';
  return production ? 'off' : 'local';
}

function read(env: NodeJS.ProcessEnv, name: string, problems: Problem[]): string | undefined {
  const file = env[`${name}_FILE`];
  if (!file) return env[name];
  if (env[name]) problems.push({ pointer: name, message: `give ${name} or ${name}_FILE, not both` });
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push({
      pointer: `${name}_FILE`,
      message: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`,
    });
    return undefined;
  }
}

const SECRET = /KEY|SECRET|PASSWORD|_URI$|(REDIS|SMTP|SMS)_URL$/;
const shown = (name: string, value: string | undefined) => (SECRET.test(name) ? 'was given' : `is "${value ?? ''}"`);

const refusal = (problems: Problem[]) =>
  badConfig(`bad settings:\n${problems.map((p) => `  ${p.pointer} ${p.message}`).join('\n')}`, problems);
