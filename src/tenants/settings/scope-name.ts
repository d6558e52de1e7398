import { z } from 'zod';

export const scopeName = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/,
    'must be a scope token (RFC 6749 3.3): printable ASCII without space, " and \\',
  );
