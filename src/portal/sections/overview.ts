import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import type { FactorName } from '../../factors/proof.ts';
import type { RecoveryCodes } from '../../factors/recovery-codes/recovery-codes.ts';
import { type Advice, checkUp } from '../check-up.ts';
import { type Addable, mayAdd } from '../offers.ts';
import type { PortalVisit, Section } from '../visit.ts';

/** Where a factor is looked after, in the order of the page. */
const WAYS: { factor: FactorName; label: string; icon: string; path: string }[] = [
  { factor: 'password', label: 'factor.password', icon: 'key', path: '/account/password' },
  { factor: 'passkey', label: 'portal.passkeys.title', icon: 'passkey', path: '/account/passkeys' },
  { factor: 'totp', label: 'portal.authenticators.title', icon: 'phone', path: '/account/authenticators' },
  { factor: 'sms_code', label: 'portal.phones.title', icon: 'message', path: '/account/phones' },
  { factor: 'recovery_code', label: 'portal.recovery_codes.title', icon: 'list', path: '/account/recovery-codes' },
  { factor: 'upstream', label: 'portal.links.title', icon: 'link', path: '/account/links' },
];

const ADVICE: Record<Exclude<Advice, 'add_second'>, { text: string; action: string; path: string }> = {
  verify_email: { text: 'portal.advice.verify_email', action: 'portal.advice.verify', path: '/account/email' },
  make_codes: { text: 'portal.advice.make_codes', action: 'portal.advice.codes', path: '/account/recovery-codes' },
  few_codes: { text: 'portal.advice.few_codes', action: 'portal.advice.codes', path: '/account/recovery-codes' },
  add_way: { text: 'portal.advice.add_way', action: 'portal.passkeys.add', path: '/account/passkeys/new' },
  add_passkey: { text: 'portal.advice.add_passkey', action: 'portal.passkeys.add', path: '/account/passkeys/new' },
};

/** The first page: how safe the account is, and the way to all other pages. */
export function overviewSection(deps: {
  passkeys: Pick<Passkeys, 'list' | 'isAvailable'>;
  recoveryCodes: Pick<RecoveryCodes, 'status'>;
}): Section {
  const isOffered = (visit: PortalVisit, factor: Addable) =>
    mayAdd(visit, factor) && (factor !== 'passkey' || deps.passkeys.isAvailable(visit.tenant));

  /** The best second factor that can be added. */
  function second(visit: PortalVisit) {
    const [way, action] = isOffered(visit, 'passkey')
      ? ['/account/passkeys/new', 'portal.passkeys.add']
      : isOffered(visit, 'totp')
        ? ['/account/authenticators/new', 'portal.authenticators.add']
        : ['/account/phones/new', 'portal.phones.add'];
    return { text: 'portal.advice.add_second', action, path: way };
  }

  return {
    path: '/account',
    isSensitive: false,
    pages: {
      async ''(visit) {
        const { tenant, user, policy, factors } = visit;
        const [passkeys, codes] = await Promise.all([
          deps.passkeys.list(tenant, user.id),
          deps.recoveryCodes.status(tenant, user.id),
        ]);
        const advice = checkUp({
          policy,
          factors,
          emailVerified: user.email_verified,
          codesLeft: codes?.left ?? 0,
          passkeys: passkeys.length,
          mayAdd: (factor) => isOffered(visit, factor),
        });
        const ways = WAYS.map((way) => ({ ...way, isSet: factors.includes(way.factor) }));
        return {
          view: 'portal/overview',
          data: {
            account: { name: user.claims.name ?? user.email, email: user.email },
            isAsked: (await visit.ctx.state.backchannelRequests.list(user.id)).length > 0,
            advice: advice.map((one) => (one === 'add_second' ? second(visit) : ADVICE[one])),
            ways: ways.filter(({ factor, isSet }) => isSet || isShown(visit, factor)),
          },
        };
      },
    },
    forms: {},
  };

  function isShown(visit: PortalVisit, factor: FactorName): boolean {
    if (factor === 'upstream') return visit.tenant.settings.upstreams.length > 0;
    return isOffered(visit, factor as Addable);
  }
}
