/** Whether a hostname (no port; IPv6 in brackets) can only mean this machine (RFC 6761, RFC 5735, RFC 4291). */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d+){3}$/.test(hostname);
