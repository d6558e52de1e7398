import { z } from 'zod';
import type { Told } from './presets.ts';
import { Refusal } from './refusal.ts';

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
/** Seconds that clocks may differ by. */
const SKEW = 10;

/** XML as the library gives it: each element is a list, `_` its text, `$` its attributes. */
const one = <T extends z.ZodType>(element: T) => z.tuple([element]).transform(([only]) => only);
const text = one(z.object({ _: z.string().min(1).max(1024) }).transform((element) => element._));
/** Seconds since the epoch. */
const time = z.iso.datetime().transform((value) => Date.parse(value) / 1000);
const values = z.array(z.object({ _: z.string().optional() }));

/** SAML 2.0 Core 2.3.3, Profiles 4.1.4.2. */
const schema = z.object({
  Assertion: z.object({
    $: z.object({ Version: z.literal('2.0') }),
    Issuer: text,
    Subject: one(
      z.object({
        NameID: one(
          z.object({ _: z.string().min(1).max(255), $: z.object({ Format: z.string().optional() }).default({}) }),
        ).optional(),
        SubjectConfirmation: z
          .array(
            z.object({
              $: z.object({ Method: z.string() }),
              SubjectConfirmationData: one(
                z.object({
                  $: z.object({
                    Recipient: z.string(),
                    InResponseTo: z.string(),
                    NotOnOrAfter: time,
                    NotBefore: time.optional(),
                  }),
                }),
              ),
            }),
          )
          .min(1),
      }),
    ),
    Conditions: one(
      z.object({ $: z.object({ NotBefore: time.optional(), NotOnOrAfter: time.optional() }).default({}) }),
    ),
    AuthnStatement: one(
      z.object({
        $: z.object({ AuthnInstant: time, SessionIndex: z.string().optional(), SessionNotOnOrAfter: time.optional() }),
        AuthnContext: one(z.object({ AuthnContextClassRef: text.optional() })),
      }),
    ),
    AttributeStatement: z
      .array(
        z.object({
          Attribute: z
            .array(z.object({ $: z.object({ Name: z.string() }), AttributeValue: values.default([]) }))
            .default([]),
        }),
      )
      .default([]),
  }),
});

type Expected = {
  issuer: string;
  /** Our address for assertions, and the request that this answers. */
  recipient: string;
  inResponseTo: string;
  /** The attribute that names a user for ever; default: the NameID. */
  subject: string | undefined;
  /** Seconds. */
  maxAge: number | undefined;
  now: number;
};

/**
 * What a signed assertion says, once it is for us, now, about this request. Signature and audience were checked. Refused as
 * `assertion_invalid`.
 */
export function readAssertion(signed: unknown, { issuer, recipient, inResponseTo, subject, maxAge, now }: Expected) {
  const parsed = schema.safeParse(signed);
  require(parsed.success, 'is not complete');
  const { Issuer, Subject, Conditions, AuthnStatement, AttributeStatement } = parsed.data!.Assertion;
  const isNow = (range: { NotBefore?: number | undefined; NotOnOrAfter?: number | undefined }) =>
    (range.NotBefore ?? 0) <= now + SKEW && now - SKEW < (range.NotOnOrAfter ?? Number.POSITIVE_INFINITY);

  require(Issuer === issuer, 'is of another issuer');
  require(Subject.SubjectConfirmation.some(
    ({ $: { Method }, SubjectConfirmationData: { $: data } }) =>
      Method === BEARER && data.Recipient === recipient && data.InResponseTo === inResponseTo && isNow(data),
  ), 'is not for us, now, as an answer to this request');
  require(isNow(Conditions.$), 'is over, or not good yet');
  const { AuthnInstant, SessionIndex, SessionNotOnOrAfter } = AuthnStatement.$;
  require(isNow({ NotOnOrAfter: SessionNotOnOrAfter }), 'is of a session that is over');
  require(AuthnInstant <= now + SKEW, 'is of a sign-in to come');
  require(maxAge === undefined || now - AuthnInstant <= maxAge + SKEW, 'tells of no sign-in as new as was asked for');

  const told = attributesOf(AttributeStatement);
  const name = Subject.NameID;
  // A name for one sign-in names nobody the next time.
  require(subject !== undefined || (name !== undefined && name.$.Format !== TRANSIENT), 'names nobody for ever');
  const id = subject === undefined ? name?._ : told[subject];
  require(typeof id === 'string' && id !== '' && id.length <= 255, 'has no usable subject');
  return {
    issuer: Issuer,
    subject: id as string,
    told: { ...told, name_id: name?._ } satisfies Told,
    authenticatedAt: Math.floor(AuthnInstant),
    acr: AuthnStatement.AuthnContext.AuthnContextClassRef,
    sessionId: SessionIndex,
  };
}

/** By name: a text, or a list where there are several. */
function attributesOf(
  statements: { Attribute: { $: { Name: string }; AttributeValue: { _?: string | undefined }[] }[] }[],
): Told {
  const lists = new Map<string, string[]>();
  for (const { $, AttributeValue } of statements.flatMap(({ Attribute }) => Attribute))
    lists.set($.Name, [...(lists.get($.Name) ?? []), ...AttributeValue.flatMap(({ _: value }) => value ?? [])]);
  return Object.fromEntries([...lists].map(([name, list]) => [name, list.length === 1 ? list[0] : list]));
}

function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Refusal('assertion_invalid', `the assertion ${what}`);
}
