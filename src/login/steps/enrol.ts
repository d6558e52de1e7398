import type { Accounts } from '../../accounts/accounts.ts';
import { stepRefused } from '../../core/errors.ts';
import { changeJourney, withPassed } from '../journey.ts';
import type { AccountLabel } from '../sign-in.ts';
import { type LoginStep, type StepForm, stepOf, type Visit } from '../visit.ts';
import type { EnrolWay } from './enrol-way.ts';

const DAY = 86_400_000;

/** A factor that is asked for, and not there yet: which, and then how. Each way has its page at `?method=<factor>`. */
export function enrolStep(deps: {
  accounts: Pick<Accounts, 'demandEnrolment'>;
  accountLabel: AccountLabel;
  /** In the order of the page. */
  ways: EnrolWay[];
}): LoginStep {
  const waysOf = (visit: Visit): EnrolWay[] => {
    const step = stepOf(visit);
    if (step?.ask !== 'enrol') return [];
    return deps.ways.filter(
      ({ factor, isAvailable }) => step.factors.includes(factor) && (isAvailable?.(visit.tenant) ?? true),
    );
  };

  const mayPutOff = (visit: Visit) => {
    const step = stepOf(visit);
    return step?.ask === 'enrol' && step.mayPutOff;
  };

  /** Milliseconds. What was said once holds: the time begins when it is first shown. */
  async function putOffUntil({ tenant, account, policy }: Visit): Promise<number> {
    return (await deps.accounts.demandEnrolment(tenant, account!.id)) + policy.enrolmentGraceDays * DAY;
  }

  return {
    pages: {
      async enrol(visit, shown) {
        const { errors, query, values, status } = shown;
        const ways = waysOf(visit);
        const method = values.method ?? query.method;
        const way = ways.find(({ factor }) => factor === method) ?? (ways.length === 1 ? ways[0] : undefined);
        const page = (await way?.page(visit, shown)) ?? { view: 'enrol' };
        return {
          ...page,
          status: status ?? (errors.length ? 422 : 200),
          data: {
            ...page.data,
            errors,
            account: await deps.accountLabel(visit.tenant, visit.account!.id),
            choices: ways.map(({ factor, icon }) => ({ factor, icon })),
            // A part of the choice, where there is one.
            until: mayPutOff(visit) && (ways.length < 2 || !way) ? await putOffUntil(visit) : 0,
          },
        };
      },
    },

    forms: {
      ...Object.fromEntries(deps.ways.flatMap((way) => Object.entries(way.forms).map(onlyIfAsked(way)))),
      'put-off': {
        answers: ['enrol'],
        async take(visit) {
          if (!mayPutOff(visit)) throw stepRefused('put-off', 'enrol');
          await putOffUntil(visit);
          await changeJourney(visit.tenant, visit.interaction.uid, (journey) => withPassed(journey, 'enrol'));
          return undefined;
        },
      },
    },
    data: Object.assign({}, ...deps.ways.map(({ data }) => data)),
  };

  /** A factor that the policy does not want is not enrolled by posting its form. */
  function onlyIfAsked(way: EnrolWay) {
    return ([name, { answers, take }]: [string, StepForm]): [string, StepForm] => [
      name,
      {
        answers,
        async take(visit, form) {
          if (!waysOf(visit).includes(way)) throw stepRefused(name, 'enrol');
          return take(visit, form);
        },
      },
    ];
  }
}
