import type { Accounts } from '../../accounts/accounts.ts';
import type { User } from '../../accounts/record.ts';
import { invalidInput, tooManyRequests } from '../../core/errors.ts';
import type { Phones } from '../../factors/phone/phones.ts';
import { isTicked, textOf } from '../../http/fields.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type CodeWay, codeWaysOf } from '../code-ways.ts';
import { factorsAsked, firstPath, type StepForm, type Visit } from '../visit.ts';
import { againLater } from './codes-refused.ts';
import type { SendCode } from './codes-send.ts';

/**
 * The first page's button that has a code or a link sent, and the one that has another sent. Whatever there is of the name
 * that was typed, the answer is the same (T094): only who reads the mailbox learns more.
 */
export function createAskForCode(deps: {
  accounts: Pick<Accounts, 'findByIdentifier'>;
  phones: Pick<Phones, 'list'>;
  sendCode: SendCode;
}): StepForm['take'] {
  return async (visit, form) => {
    const { tenant, journey } = visit;
    const way = codeWaysOf(tenant, factorsAsked(visit)).find((one) => one === form.get('method'));
    if (!way) throw invalidInput('the field "method" must name a way that is offered');
    const isNew = form.has('identifier');
    const identifier = isNew ? textOf(form, 'identifier') : (journey.identifier ?? '');
    const remember = isNew ? isTicked(form, 'remember') : (journey.remember ?? false);
    if (!identifier) {
      const values = { remember: remember ? 'yes' : 'no' };
      return { again: { errors: [{ field: 'identifier', message: 'errors.identifier_missing' }], values } };
    }

    const user = await deps.accounts.findByIdentifier(tenant, identifier);
    const to = await addressOf(tenant, user, way);
    const code = { way, purpose: 'sign_in' as const, accountId: to && user?.id, to, typed: identifier };
    const sent = await deps.sendCode(visit, code, { identifier, remember });
    if (sent.ok) return firstPath(visit, { show: 'code' });
    // The one before is still good: the page where it can be typed says so.
    if (wasSent(visit, way, identifier)) return againLater(visit, sent.retryAfter, { query: { show: 'code' } });
    throw tooManyRequests(sent.retryAfter ?? 60);
  };

  /**
   * The stored address, never the one that was typed. An address that nobody has verified is no proof of whose the account
   * is, and who may not sign in is nobody.
   */
  async function addressOf(tenant: Tenant, user: Stored<User> | undefined, way: CodeWay): Promise<string | undefined> {
    // Asked for nobody, too: it takes the same time.
    const phones = way === 'sms_code' ? await deps.phones.list(tenant, user?.id ?? 'nobody') : [];
    if (user?.status !== 'active') return undefined;
    if (way === 'sms_code') return phones[0]?.number;
    return user.email_verified ? user.email : undefined;
  }
}

const wasSent = ({ journey: { sent } }: Visit, way: CodeWay, identifier: string): boolean =>
  sent?.purpose === 'sign_in' && sent.way === way && sent.typed === identifier;
