import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { SmtpServer } from '../../config/transports.ts';
import { blocked, deferred, type Outcome, refused, SENT } from '../../outbox/outcome.ts';
import type { Email } from '../email.ts';
import { mimeOf } from '../mime.ts';

const SECONDS = 1000;

/**
 * Hands a mail to a server. `address`: where to connect to, when the name was looked up already; the certificate must be
 * that of the name.
 */
export async function sendBySmtp(
  server: SmtpServer,
  email: Email,
  { signal, address = server.host }: { signal: AbortSignal; address?: string },
): Promise<Outcome> {
  const transport = createTransport({
    host: address,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'none',
    tls: { ...(!isIP(server.host) && { servername: server.host }), minVersion: 'TLSv1.2' },
    ...(server.user !== undefined && { auth: { user: server.user, pass: server.password ?? '' } }),
    connectionTimeout: 10 * SECONDS,
    greetingTimeout: 10 * SECONDS,
    socketTimeout: 15 * SECONDS,
    dnsTimeout: 10 * SECONDS,
  });
  try {
    const raw = await mimeOf(email);
    await transport.sendMail({ envelope: { from: email.from.address, to: [email.to] }, raw, signal });
    return SENT;
  } catch (error) {
    return outcomeOf(error as SmtpError);
  } finally {
    transport.close();
  }
}

type SmtpError = Error & { code?: string; responseCode?: number; response?: string; command?: string };

/** By RFC 5321 4.2.1, where the server answered; without its words, which could hold those of the mail. */
function outcomeOf({ code, responseCode, response, command, message }: SmtpError): Outcome {
  if (responseCode === undefined) return blocked(response === undefined ? message : `the mail server: ${code}`);
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1];
  const reason = `the mail server answered ${[responseCode, enhanced].filter(Boolean).join(' ')} to ${command ?? 'us'}`;
  const isOfMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (!isOfMessage || responseCode === 421 || responseCode === 503) return blocked(reason);
  return responseCode >= 500 ? refused(reason) : deferred(reason);
}
