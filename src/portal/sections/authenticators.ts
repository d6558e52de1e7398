import { MAX_AUTHENTICATORS } from '../../factors/totp/enrolment.ts';
import type { Totp } from '../../factors/totp/totp.ts';
import { chosenName, type FieldError, textOf } from '../../http/fields.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { createKept } from '../kept.ts';
import { mayAdd, refuseUnless } from '../offers.ts';
import { created, used } from '../times.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/authenticators';

export function authenticatorsSection(deps: {
  kept: ReturnType<typeof createKept>;
  totp: Totp;
  sessions: Pick<Sessions, 'addProof'>;
}): Section {
  const { totp } = deps;
  const { pages, forms } = deps.kept({
    path: PATH,
    factor: 'totp',
    icon: 'phone',
    title: 'portal.authenticators.title',
    lead: 'portal.authenticators.lead',
    empty: 'portal.authenticators.none',
    question: 'portal.authenticators.question',
    removed: 'portal.authenticators.removed',
    list: async (tenant, accountId) =>
      (await totp.list(tenant, accountId)).map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        name,
        lines: [created(createdAt), used(lastUsedAt)],
      })),
    remove: totp.remove,
    add: (visit, things) =>
      mayAdd(visit, 'totp') && things.length < MAX_AUTHENTICATORS
        ? { label: 'portal.authenticators.add', href: `${PATH}/new` }
        : undefined,
  });

  return {
    path: PATH,
    isSensitive: true,
    pages: { ...pages, '/new': newPage },
    forms: {
      ...forms,
      async '/new'(visit, form) {
        refuseUnless(mayAdd(visit, 'totp'));
        const { tenant, session, user, from } = visit;
        const name = chosenName(form, 'Authenticator');
        const given = { binding: session.uid, code: textOf(form, 'code'), name };
        const result = await totp.confirm(tenant, user.id, given, from);
        if (!result.ok) {
          const message = result.reason === 'expired' ? 'errors.enrolment_expired' : 'errors.code_wrong';
          return { page: await newPage(visit, [{ field: 'code', message }], name) };
        }
        await deps.sessions.addProof(tenant, session.uid, user.id, result.proof);
        return { done: { message: 'portal.authenticators.added', values: { name } }, at: PATH };
      },
    },
  };

  async function newPage(visit: PortalVisit, errors: FieldError[] = [], name = '') {
    refuseUnless(mayAdd(visit, 'totp'));
    const { tenant, session, user } = visit;
    const seed = [tenant, user.id, { binding: session.uid, label: user.email }] as const;
    // Who comes back to the page has scanned it already, maybe.
    const { qr, uri, secret } = (await totp.underWay(...seed)) ?? (await totp.begin(...seed));
    return {
      view: 'portal/authenticator-new',
      data: { title: 'enrol.totp.title', errors, name, qr, uri, secret: secret.match(/.{1,4}/g)?.join(' ') },
    };
  }
}
