import { MAX_PHONES, type Phones } from '../../factors/phone/phones.ts';
import { type FieldError, textOf } from '../../http/fields.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { createKept } from '../kept.ts';
import { mayAdd, refuseUnless } from '../offers.ts';
import { created } from '../times.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/phones';

export function phonesSection(deps: {
  kept: ReturnType<typeof createKept>;
  phones: Phones;
  sessions: Pick<Sessions, 'addProof'>;
}): Section {
  const { phones } = deps;
  const { pages, forms } = deps.kept({
    path: PATH,
    factor: 'sms_code',
    icon: 'message',
    title: 'portal.phones.title',
    lead: 'portal.phones.lead',
    empty: 'portal.phones.none',
    question: 'portal.phones.question',
    removed: 'portal.phones.removed',
    list: async (tenant, accountId) =>
      (await phones.list(tenant, accountId)).map(({ id, number, verifiedAt }) => ({
        id,
        name: number,
        lines: [created(verifiedAt)],
      })),
    remove: phones.remove,
    add: (visit, things) =>
      mayAdd(visit, 'sms_code') && things.length < MAX_PHONES
        ? { label: 'portal.phones.add', href: `${PATH}/new` }
        : undefined,
  });

  return {
    path: PATH,
    isSensitive: true,
    pages: { ...pages, '/new': (visit) => newPage(visit), '/code': (visit) => codePage(visit) },
    forms: {
      ...forms,
      async '/new'(visit, form) {
        refuseUnless(mayAdd(visit, 'sms_code'));
        const { tenant, session, user, from } = visit;
        const number = textOf(form, 'number');
        if (!number)
          return { page: await newPage(visit, number, [{ field: 'number', message: 'errors.phone_missing' }]) };
        const begun = { binding: session.uid, number, locale: from.locale };
        const sent = await phones.begin(tenant, user.id, begun, from);
        if (sent.ok) return { done: { message: 'enrol.phone.sent', values: { number } }, at: `${PATH}/code` };
        if (sent.reason === 'not_allowed')
          return { page: await newPage(visit, number, [{ field: 'number', message: 'errors.phone_refused' }]) };
        const minutes = Math.ceil((sent.retryAfter ?? 60) / 60);
        return {
          page: await newPage(visit, number, [{ field: '', message: 'errors.code_wait', values: { minutes } }]),
        };
      },
      async '/code'(visit, form) {
        refuseUnless(mayAdd(visit, 'sms_code'));
        const { tenant, session, user, from } = visit;
        const given = { binding: session.uid, code: textOf(form, 'code') };
        const result = await phones.confirm(tenant, user.id, given, from);
        if (!result.ok)
          return { page: await codePage(visit, [{ field: 'code', message: `errors.code_${result.reason}` }]) };
        await deps.sessions.addProof(tenant, session.uid, user.id, result.proof);
        return { done: { message: 'portal.phones.added', values: { name: result.phone.number } }, at: PATH };
      },
    },
  };
}

async function newPage(visit: PortalVisit, number = '', errors: FieldError[] = []) {
  refuseUnless(mayAdd(visit, 'sms_code'));
  return { view: 'portal/phone-new', data: { title: 'enrol.phone.title', errors, number } };
}

async function codePage(visit: PortalVisit, errors: FieldError[] = []) {
  refuseUnless(mayAdd(visit, 'sms_code'));
  return { view: 'portal/phone-code', data: { title: 'enrol.phone.title', errors } };
}
