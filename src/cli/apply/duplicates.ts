import { emailKey } from '../../accounts/email.ts';
import { usernameKey } from '../../accounts/username.ts';
import type { Problem } from '../../core/errors.ts';
import { skeleton } from '../../tenants/slug.ts';
import type { Wanted, WantedTenant } from './schema.ts';

/** What must be there once only, and is in the file twice. */
export function duplicates({ tenants }: Wanted): Problem[] {
  const issuerOf = ({ issuer }: WantedTenant) => (issuer ? URL.parse(issuer)?.host : undefined);
  return [
    ...twice(tenants, '/tenants', 'id', ({ id }) => skeleton(id)),
    ...twice(tenants, '/tenants', 'issuer', issuerOf),
    ...tenants.flatMap(({ clients = [], organizations = [], users = [] }, i) => [
      ...twice(clients, `/tenants/${i}/clients`, 'client_id', (client) => client.client_id),
      ...twice(clients, `/tenants/${i}/clients`, 'saml/entity_id', entityIdOf),
      ...twice(organizations, `/tenants/${i}/organizations`, 'id', ({ id }) => id),
      ...twice(users, `/tenants/${i}/users`, 'email', (user) => keyOf(() => emailKey(user.email))),
      ...twice(users, `/tenants/${i}/users`, 'username', ({ username: name }) =>
        name === undefined ? undefined : keyOf(() => usernameKey(name)),
      ),
    ]),
  ];
}

const entityIdOf = ({ saml }: NonNullable<WantedTenant['clients']>[number]): string | undefined => {
  const { entity_id } = (saml ?? {}) as { entity_id?: unknown };
  return typeof entity_id === 'string' ? entity_id : undefined;
};

function twice<T>(items: T[], at: string, field: string, keyOfItem: (item: T) => string | undefined): Problem[] {
  const first = new Map<string, number>();
  return items.flatMap((item, i) => {
    const key = keyOfItem(item);
    if (key === undefined) return [];
    const before = first.get(key);
    if (before === undefined) first.set(key, i);
    return before === undefined
      ? []
      : [{ pointer: `${at}/${i}/${field}`, message: `is the same as that of ${at}/${before}` }];
  });
}

/** A bad name has no key; it is refused elsewhere. */
function keyOf(key: () => string): string | undefined {
  try {
    return key();
  } catch {
    return undefined;
  }
}
