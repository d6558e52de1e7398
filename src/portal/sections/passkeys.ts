import type { Accounts } from '../../accounts/accounts.ts';
import { isError } from '../../core/errors.ts';
import { MAX_PASSKEYS } from '../../factors/passkey/enrol.ts';
import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import type { Passkey } from '../../factors/passkey/record.ts';
import { chosenName, type FieldError, textOf } from '../../http/fields.ts';
import { deviceName } from '../../sessions/device-name.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { createKept, Thing } from '../kept.ts';
import { mayAdd, refuseUnless } from '../offers.ts';
import { created, used } from '../times.ts';
import type { PortalVisit, Section } from '../visit.ts';

const PATH = '/account/passkeys';

export function passkeysSection(deps: {
  kept: ReturnType<typeof createKept>;
  accounts: Pick<Accounts, 'putOffPasskey'>;
  passkeys: Passkeys;
  sessions: Pick<Sessions, 'addProof'>;
}): Section {
  const { passkeys } = deps;
  const isOffered = (visit: PortalVisit) => passkeys.isAvailable(visit.tenant) && mayAdd(visit, 'passkey');
  const { pages, forms, thing } = deps.kept({
    path: PATH,
    factor: 'passkey',
    icon: 'passkey',
    title: 'portal.passkeys.title',
    lead: 'portal.passkeys.lead',
    empty: 'portal.passkeys.none',
    question: 'portal.passkeys.question',
    removed: 'portal.passkeys.removed',
    canRename: true,
    list: async (tenant, accountId) => (await passkeys.list(tenant, accountId)).map(asThing),
    async remove(tenant, accountId, ...which) {
      await passkeys.remove(tenant, accountId, ...which);
      // Who wants none is not offered one at the next sign-in.
      await deps.accounts.putOffPasskey(tenant, accountId);
    },
    add: (visit, things) =>
      isOffered(visit) && things.length < MAX_PASSKEYS
        ? { label: 'portal.passkeys.add', href: `${PATH}/new` }
        : undefined,
  });

  /** One that does not verify its user could not be the second step of a sign-in. */
  const request = ({ tenant, session, user }: PortalVisit) =>
    passkeys.registrationOptions(tenant, known(user), { binding: session.uid, userVerification: 'required' });

  return {
    path: PATH,
    isSensitive: true,
    pages: {
      ...pages,
      async ''(visit) {
        const page = await pages['']!(visit);
        // What was removed here, authenticators may forget.
        const signals = JSON.stringify(await passkeys.signals(visit.tenant, known(visit.user)));
        return { ...page, data: { ...page.data, signals } };
      },
      '/new': (visit) => newPage(visit),
    },
    forms: {
      ...forms,
      async '/new'(visit, form) {
        refuseUnless(isOffered(visit));
        const { tenant, session, user, from } = visit;
        const name = chosenName(form, deviceName(visit.ctx.get('User-Agent')).browser ?? 'Passkey');
        const ceremony = { binding: session.uid, name };
        const made = await passkeys.register(tenant, user.id, form.get('credential') ?? '', ceremony, from);
        if (!made.ok) {
          const message = made.reason === 'known' ? 'passkey.known' : 'errors.passkey_not_made';
          return { page: await newPage(visit, [{ field: '', message }], name) };
        }
        await deps.sessions.addProof(tenant, session.uid, user.id, made.proof);
        return { done: { message: 'portal.passkeys.added', values: { name } }, at: PATH };
      },
      async '/:id/name'(visit, form) {
        const { tenant, user, id, from } = visit;
        const name = textOf(form, 'name');
        try {
          await passkeys.rename(tenant, user.id, id, name, from);
        } catch (error) {
          if (!isError(error, 'invalid_input')) throw error;
          const page = await thing(visit);
          return {
            page: { ...page, data: { ...page.data, errors: [{ field: 'name', message: 'portal.name_refused' }] } },
          };
        }
        return { done: { message: 'portal.passkeys.renamed', values: { name } }, at: PATH };
      },
    },
    data: { '/request': request },
  };

  async function newPage(visit: PortalVisit, errors: FieldError[] = [], name = '') {
    refuseUnless(isOffered(visit));
    const device = deviceName(visit.ctx.get('User-Agent'));
    return {
      view: 'portal/passkey-new',
      data: {
        title: 'enrol.passkey.title',
        lead: 'enrol.passkey.lead',
        errors,
        name,
        device,
        passkey: JSON.stringify(await request(visit)),
      },
    };
  }
}

/** As authenticators show the account. */
const known = (user: PortalVisit['user']) => ({
  id: user.id,
  name: user.email,
  displayName: user.claims.name ?? user.email,
});

const asThing = ({ id, name, backupEligible, createdAt, lastUsedAt }: Passkey): Thing => ({
  id,
  name,
  tag: backupEligible ? 'portal.passkeys.synced' : 'portal.passkeys.device_bound',
  lines: [created(createdAt), used(lastUsedAt)],
});
