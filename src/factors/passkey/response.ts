import { z } from 'zod';
import { TRANSPORTS } from './record.ts';
import { Refusal } from './refusal.ts';

/** Characters of a whole response; an RSA key of 4096 bits with all that browsers add takes a third of it. */
const MAX_RESPONSE = 16_384;
/** Bytes of a credential id (WebAuthn L3 7.1 step 25). */
const MAX_ID = 1023;

const base64url = z.string().regex(/^[\w-]*$/);
const id = base64url.refine((text) => text !== '' && Buffer.byteLength(text, 'base64url') <= MAX_ID);
const transports = z
  .array(z.string())
  .max(20)
  .default([])
  .transform((names) => TRANSPORTS.filter((known) => names.includes(known)));

/** What we read of `PublicKeyCredential.toJSON()`; browsers add to it. */
const credential = <T extends z.ZodRawShape>(response: T) =>
  z.object({
    id,
    rawId: id,
    type: z.literal('public-key'),
    response: z.object({ clientDataJSON: base64url, ...response }),
  });
const registration = credential({ attestationObject: base64url, transports });
const assertion = credential({
  authenticatorData: base64url,
  signature: base64url,
  userHandle: base64url.nullish().transform((handle) => handle || undefined),
});

/** Our pages are never framed: a ceremony within a page of another site is none of ours (WebAuthn L3 7.1 steps 10, 11). */
const clientData = z.object({
  challenge: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

/** A posted registration and the challenge that it answers. Throws a `Refusal`. */
export const readRegistration = (text: string) => read(registration, text);

/** A posted assertion and the challenge that it answers. Throws a `Refusal`. */
export const readAssertion = (text: string) => read(assertion, text);

export type Registration = ReturnType<typeof readRegistration>['credential'];
export type Assertion = ReturnType<typeof readAssertion>['credential'];

function read<T extends { response: { clientDataJSON: string } }>(
  schema: z.ZodType<T>,
  text: string,
): { credential: T; challenge: string } {
  if (text.length > MAX_RESPONSE) throw new Refusal('wrong', `the response is longer than ${MAX_RESPONSE} characters`);
  const found = parsed(schema, text);
  if (!found) throw new Refusal('wrong', 'the response is malformed');
  const data = parsed(clientData, Buffer.from(found.response.clientDataJSON, 'base64url').toString());
  if (!data) throw new Refusal('wrong', 'the client data are malformed, or of a page within another');
  return { credential: found, challenge: data.challenge };
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
