import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideLink, type LinkFacts } from './decide-link.ts';

const EMAIL = 'ada@example.com';
const holder = { id: 'local', active: true, emailVerified: true };
const byEmail = { ...holder, linkedToOther: false };
const linked = { ...holder, id: 'linked' };
const trusted = { email: EMAIL, emailTrusted: true };
const untrusted = { email: EMAIL, emailTrusted: false };

type Change = Partial<Omit<LinkFacts, 'upstream'>> & { upstream?: Partial<LinkFacts['upstream']> };
const decide = ({ upstream, ...facts }: Change) =>
  decideLink({
    upstream: { enabled: true, allowed_domains: [], linking: 'ask', provisioning: 'jit', ...upstream },
    identity: trusted,
    linked: undefined,
    byEmail: undefined,
    emailProven: false,
    ...facts,
  });

const refused = (reason: string) => ({ action: 'refuse', reason });
const proveEmail = { action: 'prove_email', email: EMAIL };
const only = { upstream: { allowed_domains: ['example.com'] } };
const auto = { upstream: { linking: 'verified_email' as const } };
const never = { upstream: { linking: 'never' as const } };
const noJit = { upstream: { provisioning: 'none' as const } };
const closed = { upstream: { provisioning: 'none' as const, linking: 'never' as const } };

describe('T108 whose account it is', () => {
  test.each<[string, Change, object]>([
    ['linked', { linked }, { action: 'sign_in', accountId: 'linked' }],
    [
      'linked, whatever the address',
      { linked, byEmail, identity: untrusted },
      { action: 'sign_in', accountId: 'linked' },
    ],
    [
      'linked, without an address',
      { linked, identity: { emailTrusted: false } },
      { action: 'sign_in', accountId: 'linked' },
    ],
    ['linked, where no more are', { linked, ...closed }, { action: 'sign_in', accountId: 'linked' }],
    ['T106 linked to a disabled account', { linked: { ...linked, active: false } }, refused('account_disabled')],
    [
      'T106 ..., though another has the address',
      { linked: { ...linked, active: false }, byEmail, ...auto },
      refused('account_disabled'),
    ],

    ['nobody', {}, { action: 'create' }],
    ['nobody, an address that is proven to us', { identity: untrusted, emailProven: true }, { action: 'create' }],
    ['nobody, an untrusted address', { identity: untrusted }, proveEmail],
    ['nobody, no address', { identity: { emailTrusted: false } }, refused('email_missing')],
    [
      'nobody, no address, though one is said to be proven',
      { identity: { emailTrusted: true }, emailProven: true },
      refused('email_missing'),
    ],
    ['nobody, where none are made', noJit, refused('not_linked')],
    ['nobody, where none are made, untrusted', { ...noJit, identity: untrusted }, proveEmail],
    ['nobody, where nothing is made', closed, refused('not_linked')],
    ['nobody, where nothing is made, untrusted', { ...closed, identity: untrusted }, refused('not_linked')],

    ['the address', { byEmail }, { action: 'ask_to_prove', accountId: 'local' }],
    ['the address, linked by it', { byEmail, ...auto }, { action: 'link', accountId: 'local' }],
    ['the address, untrusted', { byEmail, identity: untrusted }, proveEmail],
    ['the address, untrusted, linked by it', { byEmail, identity: untrusted, ...auto }, proveEmail],
    [
      'the address, proven to us only',
      { byEmail, identity: untrusted, emailProven: true, ...auto },
      { action: 'ask_to_prove', accountId: 'local' },
    ],
    ['the address, never linked', { byEmail, ...never }, refused('account_exists')],
    ['the address, never linked, untrusted', { byEmail, ...never, identity: untrusted }, proveEmail],
    ['the address, nothing is made, untrusted', { byEmail, ...closed, identity: untrusted }, refused('not_linked')],
    ['the address, no account is made', { byEmail, ...noJit }, { action: 'ask_to_prove', accountId: 'local' }],
    [
      'the address, whose account has another subject',
      { byEmail: { ...byEmail, linkedToOther: true }, ...auto },
      { action: 'ask_to_prove', accountId: 'local' },
    ],
    [
      'the address, never verified here',
      { byEmail: { ...byEmail, emailVerified: false } },
      { action: 'claim', accountId: 'local' },
    ],
    [
      'the address, never verified here, linked by it',
      { byEmail: { ...byEmail, emailVerified: false }, ...auto },
      { action: 'claim', accountId: 'local' },
    ],
    [
      'the address, never verified here, untrusted',
      { byEmail: { ...byEmail, emailVerified: false }, identity: untrusted, ...auto },
      proveEmail,
    ],
    [
      'the address, never verified here, never linked',
      { byEmail: { ...byEmail, emailVerified: false }, ...never },
      refused('account_exists'),
    ],
    ['T106 the address, disabled', { byEmail: { ...byEmail, active: false }, ...auto }, refused('account_disabled')],
    [
      'T106 the address, disabled, untrusted',
      { byEmail: { ...byEmail, active: false }, identity: untrusted },
      proveEmail,
    ],
    [
      'T106 the address, disabled and never verified',
      { byEmail: { ...byEmail, active: false, emailVerified: false } },
      refused('account_disabled'),
    ],

    ['T109 of an allowed domain', only, { action: 'create' }],
    ['T109 of a domain, untrusted', { ...only, identity: untrusted }, refused('domain_not_allowed')],
    [
      'T109 of a domain, proven to us only',
      { ...only, identity: untrusted, emailProven: true },
      refused('domain_not_allowed'),
    ],
    ['T109 of no domain', { ...only, identity: { emailTrusted: true } }, refused('domain_not_allowed')],
    ['T109 of another domain', { upstream: { allowed_domains: ['acme.example'] } }, refused('domain_not_allowed')],
    [
      'T109 of a subdomain',
      { ...only, identity: { email: 'a@x.example.com', emailTrusted: true } },
      refused('domain_not_allowed'),
    ],
    [
      'T109 of another domain, linked',
      { linked, upstream: { allowed_domains: ['acme.example'] } },
      refused('domain_not_allowed'),
    ],
    ['T109 switched off', { upstream: { enabled: false } }, refused('disabled')],
    ['T109 switched off, linked', { linked, upstream: { enabled: false } }, refused('disabled')],
    [
      'T109 switched off, the address',
      { byEmail, upstream: { enabled: false, linking: 'verified_email' } },
      refused('disabled'),
    ],
  ])('%s', (_name, facts, decision) => {
    expect(decide(facts)).toEqual(decision);
  });
});

describe('whatever is the case', () => {
  const account = fc.record({ id: fc.constantFrom('x', 'y'), active: fc.boolean(), emailVerified: fc.boolean() });
  const facts: fc.Arbitrary<LinkFacts> = fc.record({
    upstream: fc.record({
      enabled: fc.boolean(),
      allowed_domains: fc.subarray(['example.com', 'acme.example']),
      linking: fc.constantFrom('never' as const, 'verified_email' as const, 'ask' as const),
      provisioning: fc.constantFrom('none' as const, 'jit' as const),
    }),
    identity: fc.record({
      email: fc.option(fc.constantFrom('a@example.com', 'a@evil.example'), { nil: undefined }),
      emailTrusted: fc.boolean(),
    }),
    linked: fc.option(account, { nil: undefined }),
    byEmail: fc.option(
      account.chain((one) => fc.boolean().map((linkedToOther) => ({ ...one, linkedToOther }))),
      { nil: undefined },
    ),
    emailProven: fc.boolean(),
  });
  const holds = (property: (given: LinkFacts, action: string, accountId: string | undefined) => boolean) =>
    fc.assert(
      fc.property(facts, (given) => {
        const decision = decideLink(given);
        return property(given, decision.action, 'accountId' in decision ? decision.accountId : undefined);
      }),
      { numRuns: 2000 },
    );

  test('a switched-off upstream opens nothing', () => {
    holds(({ upstream }, action) => upstream.enabled || action === 'refuse');
  });
  test('who is linked gets that account or none', () => {
    holds(({ linked }, action, id) => !linked || action === 'refuse' || (action === 'sign_in' && id === linked.id));
  });
  test('only a link signs in at once; nothing is linked but by a trusted address of a verified account', () => {
    holds(({ linked }, action) => action !== 'sign_in' || linked?.active === true);
    holds(
      ({ identity, byEmail, upstream }, action) =>
        action !== 'link' ||
        (identity.emailTrusted &&
          byEmail!.emailVerified &&
          upstream.linking === 'verified_email' &&
          !byEmail!.linkedToOther),
    );
  });
  test('an account that is not active is not touched', () => {
    holds(({ linked, byEmail }, _action, id) => id === undefined || (linked ?? byEmail)!.active);
  });
  test('a stranger to the address cannot tell whether it has an account', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const stranger = {
          ...given,
          identity: { ...given.identity, emailTrusted: false },
          emailProven: false,
          linked: undefined,
        };
        expect(decideLink(stranger)).toEqual(decideLink({ ...stranger, byEmail: undefined }));
      }),
    );
  });
});
