import { errors } from 'oidc-provider';

/** `invalid_grant` with words for the caller, too; the core's own says only that the grant is invalid. */
export const invalidGrant = (description: string, cause?: unknown): Error =>
  Object.assign(new errors.InvalidGrant(description), { error_description: description, cause });
