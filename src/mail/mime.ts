import MailComposer from 'nodemailer/lib/mail-composer';
import { withoutControls } from '../core/text.ts';
import { type Email, messageIdOf } from './email.ts';

/** The mail in MIME: text and HTML, headers encoded. Nothing in it is ever read from a file or a URL. */
export async function mimeOf(email: Email): Promise<Buffer> {
  const { from, to, replyTo, subject, text, html, at, locale } = email;
  const composer = new MailComposer({
    // Addresses as parts: a text would be parsed for further ones.
    from: { name: withoutControls(from.name), address: from.address },
    to: { name: '', address: to },
    ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
    subject: withoutControls(subject),
    text,
    html,
    date: new Date(at),
    messageId: messageIdOf(email),
    headers: {
      // RFC 3834 5: answers by machines (out of office) stay away.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': locale,
    },
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
