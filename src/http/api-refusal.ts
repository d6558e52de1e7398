import { GatehouseError } from '../core/errors.ts';

/** What the caller is told (RFC 6750 3.1). `isOurs`: a fault that is not the caller's. */
export type Refusal = {
  status: number;
  error: string;
  description: string;
  retryAfter: number | undefined;
  isOurs: boolean;
};

/** Our codes that RFC 6750 has another word for. */
const CODES: Record<string, string> = {
  invalid_input: 'invalid_request',
  payload_too_large: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  method_not_allowed: 'invalid_request',
  forbidden: 'insufficient_scope',
  unavailable: 'temporarily_unavailable',
};

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof GatehouseError) || (error.status >= 500 && error.code !== 'unavailable'))
    return {
      status: 500,
      error: 'server_error',
      description: 'this is a fault of ours',
      retryAfter: undefined,
      isOurs: true,
    };
  const { status, code, message, retryAfter } = error;
  return { status, error: CODES[code] ?? code, description: printable(message), retryAfter, isOurs: status >= 500 };
}

/** RFC 6750 3: neither quotes nor backslashes, and ASCII only. */
const printable = (text: string) => text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?');
