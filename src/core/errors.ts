/** Every error that we throw on purpose, with its public code, HTTP status and words. Anything else is a bug: 500. */

export type Problem = {
  /** JSON pointer (RFC 6901) into the input. */
  pointer: string;
  message: string;
  /** Where programs and pages tell several apart. */
  reason?: string;
};

type Options = { problems?: Problem[]; retryAfter?: number; cause?: unknown };

export class GatehouseError extends Error {
  readonly code: string;
  readonly status: number;
  /** The same, by the name under which the protocol core looks for it. */
  readonly statusCode: number;
  readonly problems: Problem[];
  /** Seconds, for the Retry-After header. */
  readonly retryAfter: number | undefined;

  constructor(code: string, status: number, message: string, options: Options = {}) {
    super(message, { cause: options.cause });
    this.name = 'GatehouseError';
    this.code = code;
    this.status = status;
    this.statusCode = status;
    this.problems = options.problems ?? [];
    this.retryAfter = options.retryAfter;
  }
}

export const invalidInput = (message: string, problems: Problem[] = []) =>
  new GatehouseError('invalid_input', 400, message, { problems });

export const badConfig = (message: string, problems: Problem[] = [], cause?: unknown) =>
  new GatehouseError('bad_config', 500, message, { problems, cause });

/** No, a wrong, or a spent token where one is asked for (RFC 6750 3.1). */
export const invalidToken = (message: string) => new GatehouseError('invalid_token', 401, message);

/** RFC 7591 3.2.2. */
export const invalidSoftwareStatement = (message: string) =>
  new GatehouseError('invalid_software_statement', 400, message);
export const unapprovedSoftwareStatement = (message: string) =>
  new GatehouseError('unapproved_software_statement', 400, message);

export const forbidden = (message: string) => new GatehouseError('forbidden', 403, message);

export const notFound = (what: string) => new GatehouseError('not_found', 404, `${what} not found`);

export const misdirected = (host: string) =>
  new GatehouseError('misdirected', 421, `this server does not answer for the host "${host}"`);

export const alreadyExists = (what: string, fields: string[]) =>
  new GatehouseError('already_exists', 409, `${what}: one with the same ${fields.join(' and ')} exists already`, {
    problems: fields.map((field) => ({ pointer: `/${field}`, message: 'is taken' })),
  });

/** A compare-and-swap lost against another writer. */
export const versionConflict = (what: string) =>
  new GatehouseError('version_conflict', 412, `${what} was changed by someone else meanwhile`);

/** A write for a grant that was revoked meanwhile. */
export const grantRevoked = () => new GatehouseError('grant_revoked', 400, 'the grant was revoked');

export const tenantSuspended = () => new GatehouseError('tenant_suspended', 403, 'this sign-in service is suspended');

/** The browser has no such sign-in under way: finished, expired, another browser's, or its cookies are blocked. */
export const interactionGone = (cause?: unknown) =>
  new GatehouseError('interaction_gone', 400, 'this sign-in is not under way any more', { cause });

/** Who is signed in has to prove anew, or more, that it is they (RFC 9470). */
export const insufficientAuthentication = (message: string) =>
  new GatehouseError('insufficient_user_authentication', 401, message);

/** Without this factor its user could not sign in any more. */
export const wouldLockOut = () =>
  new GatehouseError('would_lock_out', 409, 'it is the last one to sign in with: add another one before');

/** A form that our own page did not send (CSRF); nothing was changed. */
export const csrfRefused = (message: string) => new GatehouseError('csrf_refused', 403, message);

/** A link out of a mail that is used, too old, or overtaken by a newer one. */
export const linkGone = () => new GatehouseError('link_gone', 400, 'this link does not work any more');

/** A form for a step that is not the one asked now: skipped, replayed, or overtaken in another tab; nothing was changed. */
export const stepRefused = (given: string, asked: string) =>
  new GatehouseError('step_refused', 400, `the step "${given}" is not asked now, "${asked}" is`);

export const payloadTooLarge = (limit: number) =>
  new GatehouseError('payload_too_large', 413, `the body is too large, at most ${limit} bytes are allowed`);

export const unsupportedMediaType = (given: string, allowed: string) =>
  new GatehouseError('unsupported_media_type', 415, `the content type "${given}" is not supported, send ${allowed}`);

/** `limit` in characters. */
export const uriTooLong = (limit: number) =>
  new GatehouseError(
    'uri_too_long',
    414,
    `the address is longer than ${limit} characters: push the request first (RFC 9126)`,
  );

export const methodNotAllowed = (method: string, allowed: readonly string[]) =>
  new GatehouseError('method_not_allowed', 405, `${method} is not allowed here, ${allowed.join(', ')} is`);

export const tooManyRequests = (retryAfter: number) =>
  new GatehouseError('too_many_requests', 429, 'too many attempts, wait a little', { retryAfter });

/** A store (or a bounded queue) cannot take the work now; nothing was changed. */
export const unavailable = (what: string, cause?: unknown, retryAfter = 2) =>
  new GatehouseError('unavailable', 503, `${what} is unavailable`, { cause, retryAfter });

/** True for `error` of ours with that code. */
export function isError(error: unknown, code?: string): error is GatehouseError {
  return error instanceof GatehouseError && (code === undefined || error.code === code);
}
