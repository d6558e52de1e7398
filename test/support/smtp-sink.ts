import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type Sunk = ParsedMail & { raw: string; envelope: { from: string; to: string[] } };
export type SmtpSink = {
  port: number;
  mails: Sunk[];
  /** Connections so far. */
  connects(): number;
  /** What the server says to each recipient from now on; undefined: yes. */
  answer(error: { responseCode: number; message: string } | undefined): void;
  close(): Promise<void>;
};

/** A real mail server on a free port of this machine, which keeps what it gets. Without TLS and login unless asked for. */
export async function smtpSink(options: SMTPServerOptions = {}): Promise<SmtpSink> {
  const mails: Sunk[] = [];
  let connects = 0;
  let refusal: { responseCode: number; message: string } | undefined;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onConnect(_session, done) {
      connects += 1;
      done();
    },
    onRcptTo(_address, _session, done) {
      done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }));
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const raw = Buffer.concat(chunks);
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) };
      mails.push({ ...(await simpleParser(raw)), raw: raw.toString(), envelope });
      done();
    },
    ...options,
  });
  // A client that goes away in the middle is what some tests are about.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as { port: number };
  return {
    port,
    mails,
    connects: () => connects,
    answer(error) {
      refusal = error;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export const addressOf = (field: AddressObject | AddressObject[] | undefined) =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => ({ name, address })));
