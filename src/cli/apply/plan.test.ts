import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Current, type CurrentTenant, plan, SECRET } from './plan.ts';
import type { Wanted, WantedTenant } from './schema.ts';

/** The state of a store in which the file has been carried out, on top of what was there. */
function afterwards(current: Current, wanted: Wanted): Current {
  const next = new Map(current);
  for (const tenant of wanted.tenants) next.set(tenant.id, afterTenant(next.get(tenant.id), tenant));
  return next;
}

function afterTenant(there: CurrentTenant | undefined, wanted: WantedTenant): CurrentTenant {
  const clients = new Map(there?.clients);
  for (const { client_id, client_secret, ...metadata } of wanted.clients ?? [])
    clients.set(client_id, { metadata, secretAsGiven: client_secret !== undefined });
  const users = new Map(there?.users);
  for (const { password, password_hash, ...fields } of wanted.users ?? []) {
    const before = users.get(fields.email);
    users.set(fields.email, {
      id: before?.id ?? 'made',
      fields: { status: 'active', ...before?.fields, ...fields },
      passwordAsGiven: Boolean(password ?? password_hash),
    });
  }
  return {
    name: wanted.name,
    issuer: wanted.issuer === undefined ? there?.issuer : (wanted.issuer ?? undefined),
    settings: wanted.settings ?? there?.settings ?? {},
    clients,
    organizations: new Map(),
    users,
  };
}

const opt = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const present = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
const few = fc.constantFrom('a', 'b', 'c');
const client = fc
  .record({
    client_id: few,
    client_secret: opt(fc.constant('s')),
    client_name: opt(few),
    redirect_uris: opt(fc.array(few, { maxLength: 2 })),
    jwks: opt(fc.record({ keys: fc.array(fc.record({ kid: few })) })),
  })
  .map(present);
const user = fc
  .record({
    email: few,
    name: opt(few),
    email_verified: opt(fc.boolean()),
    status: opt(fc.constantFrom('active' as const, 'disabled' as const)),
    password: opt(fc.constant('p')),
    address: opt(fc.record({ country: few })),
  })
  .map(present);
const tenant = fc
  .record({
    id: few,
    name: few,
    issuer: opt(fc.constantFrom('https://x.example', null)),
    settings: opt(fc.record({ tokens: opt(fc.record({ id_token_ttl: fc.integer({ min: 1, max: 3 }) })) }).map(present)),
    clients: opt(fc.uniqueArray(client, { selector: (item) => item.client_id, maxLength: 3 })),
    users: opt(fc.uniqueArray(user, { selector: (item) => item.email, maxLength: 3 })),
  })
  .map(present);
const file: fc.Arbitrary<Wanted> = fc.record({
  tenants: fc.uniqueArray(tenant, { selector: (item) => item.id, maxLength: 3 }),
}) as never;

const due = (current: Current, wanted: Wanted) => plan(current, wanted).filter(({ action }) => action !== 'none');

describe('for every file', () => {
  test('after it was carried out, nothing is left to do', () => {
    fc.assert(
      fc.property(file, file, (before, wanted) => {
        const start = afterwards(new Map(), before);
        expect(due(afterwards(start, wanted), wanted)).toEqual([]);
      }),
    );
  });

  test('an empty store gets all of it, tenants before what is in them', () => {
    fc.assert(
      fc.property(file, (wanted) => {
        const changes = plan(new Map(), wanted);
        expect(changes.every(({ action }) => action === 'create')).toBe(true);
        expect(changes).toHaveLength(
          wanted.tenants.reduce((sum, { clients = [], users = [] }) => sum + 1 + clients.length + users.length, 0),
        );
        for (const [i, change] of changes.entries())
          if (change.kind !== 'tenant')
            expect(changes.slice(0, i).some(({ kind, id }) => kind === 'tenant' && id === change.tenant)).toBe(true);
      }),
    );
  });

  test('a change names a field, and no secret', () => {
    fc.assert(
      fc.property(file, file, (before, wanted) => {
        for (const { action, fields } of plan(afterwards(new Map(), before), wanted)) {
          if (action === 'change') expect(fields.length).toBeGreaterThan(0);
          for (const { field, before: old, after } of fields)
            if (/secret|password/.test(field))
              expect([undefined, SECRET]).toEqual(expect.arrayContaining([old, after]));
        }
      }),
    );
  });
});

test('what differs is named leaf by leaf', () => {
  const start = afterwards(new Map(), {
    tenants: [
      {
        id: 'a',
        name: 'A',
        settings: { tokens: { id_token_ttl: 1, access_token_ttl: 2 }, branding: { primary_color: '#000000' } },
        clients: [{ client_id: 'web', client_name: 'Web', redirect_uris: ['https://a.example'] }],
        users: [{ email: 'ada@example.com', name: 'Ada', email_verified: true }],
      },
    ],
  });
  const changes = due(start, {
    tenants: [
      {
        id: 'a',
        name: 'A',
        issuer: 'https://a.example',
        settings: { tokens: { id_token_ttl: 1, access_token_ttl: 3 } },
        clients: [{ client_id: 'web', client_secret: 'new', redirect_uris: ['https://b.example'] }],
        users: [{ email: 'ada@example.com', name: 'Ada L', password: 'new' }],
      },
    ],
  });
  expect(changes.map(({ kind, action, fields }) => ({ kind, action, fields }))).toEqual([
    {
      kind: 'tenant',
      action: 'change',
      fields: [
        { field: 'issuer', before: undefined, after: 'https://a.example' },
        { field: 'settings.tokens.access_token_ttl', before: 2, after: 3 },
        { field: 'settings.branding', before: { primary_color: '#000000' }, after: undefined },
      ],
    },
    {
      kind: 'client',
      action: 'change',
      fields: [
        { field: 'client_name', before: 'Web', after: undefined },
        { field: 'redirect_uris', before: ['https://a.example'], after: ['https://b.example'] },
        { field: 'client_secret', before: SECRET, after: SECRET },
      ],
    },
    {
      kind: 'user',
      action: 'change',
      fields: [
        { field: 'name', before: 'Ada', after: 'Ada L' },
        { field: 'password', before: SECRET, after: SECRET },
      ],
    },
  ]);
});
