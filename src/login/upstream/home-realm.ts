import type { Accounts } from '../../accounts/accounts.ts';
import { upstreamFor } from '../../factors/upstream/upstream-for.ts';
import { isTicked, textOf } from '../../http/fields.ts';
import type { Form } from '../../http/form.ts';
import { changeJourney } from '../journey.ts';
import { type Answer, factorsAsked, isSecond, type LoginStep, type StepForm, type Visit } from '../visit.ts';
import type { GoToUpstream } from './go.ts';
import { refusedBy } from './words.ts';

type Field = 'identifier' | 'email';
type HomeRealmDeps = { accounts: Pick<Accounts, 'findByIdentifier'>; goToUpstream: GoToUpstream };

/**
 * Home-realm discovery: who types an address of a connection's domain is sent there. The domain alone decides, whether or
 * not there is such an account (T095). A password or a code is looked at only where the connection is not `exclusive`, nor is
 * an account made.
 */
export function homeRealm({ accounts, goToUpstream }: HomeRealmDeps) {
  async function goHome(visit: Visit, form: Form, field: Field): Promise<Answer> {
    const { tenant, interaction } = visit;
    const identifier = textOf(form, field);
    const upstream = upstreamFor(tenant.settings, identifier);
    if (!upstream || (await isSecondOfOwner(visit, identifier))) return undefined;
    const isAnotherWay = Boolean(form.get('password')) || form.has('method') || field === 'email';
    if (isAnotherWay && !upstream.exclusive) return undefined;
    if (!factorsAsked(visit).includes('upstream'))
      return upstream.exclusive ? refusedBy(upstream.name, 'disabled') : undefined;
    const remember = isTicked(form, 'remember');
    await changeJourney(tenant, interaction.uid, (journey) => ({
      ...journey,
      remember,
      // Of a known name the next page asks for a password.
      ...(!upstream.exclusive && { identifier }),
    }));
    return goToUpstream(visit, upstream, identifier);
  }

  /** A second proof is of an account that is known by now; who names another begins anew. */
  async function isSecondOfOwner(visit: Visit, identifier: string): Promise<boolean> {
    if (!isSecond(visit)) return false;
    return (await accounts.findByIdentifier(visit.tenant, identifier))?.id === visit.account?.id;
  }

  const before = ({ answers, take }: StepForm, field: Field): StepForm => ({
    answers,
    take: async (visit, form) => (await goHome(visit, form, field)) ?? take(visit, form),
  });

  /** A step whose forms may have that field; `email` is that of a new account. */
  return <Step extends LoginStep>(step: Step, field: Field = 'identifier'): Step => ({
    ...step,
    forms: Object.fromEntries(Object.entries(step.forms).map(([name, form]) => [name, before(form, field)])),
  });
}
