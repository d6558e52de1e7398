/** An address as its owner recognises it and nobody else learns it: who knows a password is not told the mailbox. */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${first}•••${email.slice(at)}`;
}

/** The last three digits. */
export const maskedNumber = (number: string): string => `••• ${number.slice(-3)}`;
