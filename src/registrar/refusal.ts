import { GatehouseError } from '../core/errors.ts';

/** What the caller is told (RFC 7591 3.2.2, RFC 6750 3.1). */
export type Refusal = { status: number; error: string; description: string; retryAfter: number | undefined };

/** Our codes that these specifications have another word for. */
const CODES: Record<string, string> = {
  payload_too_large: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  method_not_allowed: 'invalid_request',
  csrf_refused: 'invalid_request',
  version_conflict: 'temporarily_unavailable',
  too_many_requests: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  forbidden: 'access_denied',
};

/** In the words of the specifications; nothing of a fault of ours. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof GatehouseError) || (error.status >= 500 && error.code !== 'unavailable'))
    return { status: 500, error: 'server_error', description: 'this is a fault of ours', retryAfter: undefined };
  const { status, code, message, retryAfter } = error;
  return {
    status,
    error: code === 'invalid_input' ? codeOfInput(error) : (CODES[code] ?? code),
    description: printable(message),
    retryAfter,
  };
}

function codeOfInput({ problems }: GatehouseError): string {
  const [problem] = problems;
  if (!problem) return 'invalid_request';
  // Of what is missing the protocol core has words only.
  const isOfRedirects = problem.pointer.startsWith('/redirect_uris') || problem.message.startsWith('redirect_uris ');
  return isOfRedirects ? 'invalid_redirect_uri' : 'invalid_client_metadata';
}

/** RFC 6749 5.2: neither quotes nor backslashes, and ASCII only. */
const printable = (text: string) => text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?');
