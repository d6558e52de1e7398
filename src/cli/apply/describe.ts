import type { MadeSecret } from './execute.ts';
import type { Change } from './plan.ts';

const SIGN = { create: '+', change: '~', none: ' ' } as const;

/** Changes for people: planned, or with `secrets` (shown this once) made. */
export function describe(changes: Change[], secrets?: MadeSecret[]): string {
  const { created, changed, unchanged } = summary(changes);
  return [
    ...changes.filter(({ action }) => action !== 'none').flatMap(describeChange),
    ...(secrets ?? []).map(
      ({ tenant, client_id, client_secret }) => `client_secret of ${tenant}/${client_id}: ${client_secret}`,
    ),
    ...(secrets?.length ? ['Keep these secrets: they are not shown again.'] : []),
    secrets
      ? `${created} created, ${changed} changed, ${unchanged} as wanted`
      : `${created} to create, ${changed} to change, ${unchanged} as wanted`,
  ].join('\n');
}

export function summary(changes: Change[]) {
  const count = (action: Change['action']) => changes.filter((change) => change.action === action).length;
  return { created: count('create'), changed: count('change'), unchanged: count('none') };
}

function describeChange({ kind, tenant, id, action, fields }: Change): string[] {
  const head = `${SIGN[action]} ${kind} ${kind === 'tenant' ? id : `${tenant}/${id}`}`;
  return [
    head,
    ...fields.map(({ field, before, after }) =>
      action === 'create' ? `    ${field}: ${show(after)}` : `    ${field}: ${show(before)} -> ${show(after)}`,
    ),
  ];
}

const show = (value: unknown) => (value === undefined ? '(none)' : JSON.stringify(value));
