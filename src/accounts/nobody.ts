/** A mailbox that nobody can have (RFC 2606 2). What is sent there is over before it can be: it only costs the same work. */
export const NOBODY = 'nobody@nobody.invalid';
export const OVER = { expiresAt: 1 };
