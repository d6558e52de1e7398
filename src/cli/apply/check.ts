import { randomBytes } from 'node:crypto';
import { invalidInput, isError, type Problem } from '../../core/errors.ts';
import { derive } from '../../core/sealing.ts';
import { checked } from '../../core/validate.ts';
import type { Services } from '../../services.ts';
import { tenantRecord } from '../../tenants/record.ts';
import { secretBox } from '../../tenants/sealed-settings.ts';
import { type TenantSettings, tenantSettings } from '../../tenants/settings.ts';
import { skeleton } from '../../tenants/slug.ts';
import { issuerOf, type Tenant } from '../../tenants/tenant.ts';
import { inParallel } from '../in-parallel.ts';
import { duplicates } from './duplicates.ts';
import type { Source } from './read.ts';
import { fileSchema, type Wanted, type WantedTenant } from './schema.ts';

/**
 * The file as what is wanted, once everything in it has been found good: by itself, among its own parts, and next to what
 * the store has. Error `invalid_input` with every problem and its place. Writes nothing.
 */
export async function checkSource(services: Services, source: Source): Promise<Wanted> {
  const problems: Problem[] = [];
  /** Runs a check of the part of the file at `at`, and keeps what it says. */
  const attempt = async <T>(at: string, check: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!isError(error, 'invalid_input')) throw error;
      const found = error.problems.length > 0 ? error.problems : [{ pointer: '', message: error.message }];
      problems.push(...found.map(({ pointer, message }) => ({ pointer: at + pointer, message })));
      return undefined;
    }
  };
  const wanted = source.value as Wanted;
  // The other checks need the shape; what they find is of no use before it is right.
  await attempt('', () => void checked(fileSchema, wanted));
  if (problems.length === 0) {
    problems.push(...duplicates(wanted));
    for (const [i, tenant] of wanted.tenants.entries()) await checkTenant(services, tenant, `/tenants/${i}`, attempt);
  }
  if (problems.length === 0) return wanted;
  const placed = problems
    .map((problem) => ({ ...problem, ...source.locate(problem.pointer) }))
    .sort((a, b) => a.line - b.line || a.col - b.col)
    .map(({ pointer, message, line, col }) => ({
      pointer,
      message: `${source.name}:${line}:${col} ${pointer || '/'}: ${message}`,
    }));
  throw invalidInput(`nothing was changed:\n${placed.map(({ message }) => message).join('\n')}`, placed);
}

type Attempt = <T>(at: string, check: () => T | Promise<T>) => Promise<T | undefined>;

async function checkTenant(services: Services, wanted: WantedTenant, at: string, attempt: Attempt): Promise<void> {
  const { id, name, issuer, settings, clients = [], organizations = [], users = [] } = wanted;
  const there = await services.resolver.byId(id);
  const rules = await attempt(at, () => services.tenants.check({ id, name, issuer: issuer ?? undefined, settings }));
  await attempt(at, () => checkTaken(services, wanted));
  if (rules && settings) await attempt(at, () => services.tenants.sealed(id, settings));
  const tenant = there
    ? { ...there, settings: settings ? (rules ?? there.settings) : there.settings }
    : draftTenant(services, wanted, rules ?? tenantSettings.parse({}));

  for (const [i, client] of clients.entries()) {
    await attempt(`${at}/clients/${i}`, async () => {
      const before = there && (await services.clients.get(there, client.client_id));
      await services.clients.check(tenant, client, before);
    });
  }
  for (const [i, { id: organization, ...fields }] of organizations.entries()) {
    await attempt(`${at}/organizations/${i}`, async () => {
      services.organizations.check(tenant, fields);
      for (const { name, verified } of fields.domains ?? []) {
        const owner = verified && there ? await services.organizations.ofDomain(there, name) : undefined;
        if (owner && owner.id !== organization) refuse('/domains', `${name} belongs to the organization "${owner.id}"`);
      }
    });
  }
  await inParallel([...users.entries()], ([i, user]) =>
    attempt(`${at}/users/${i}`, async () => {
      await services.accounts.check(tenant, user);
      const [byEmail, byName] = there ? await namesakes(services, there, user) : [];
      if (byName && byName !== byEmail) refuse('/username', 'belongs to another user');
      for (const [n, { id: organization }] of (user.organizations ?? []).entries()) {
        const isNew = organizations.some((one) => one.id === organization);
        if (!isNew && !(there && (await services.organizations.get(there, organization))))
          refuse(`/organizations/${n}/id`, 'is no organization of this tenant');
      }
    }),
  );
}

/** The ids of the users that have the e-mail address and the username. */
const namesakes = (services: Services, tenant: Tenant, user: { email: string; username?: string }) =>
  Promise.all(
    [user.email, user.username].map(
      async (name) => name && (await services.accounts.findByIdentifier(tenant, name))?.id,
    ),
  );

async function checkTaken({ store }: Services, { id, issuer }: WantedTenant): Promise<void> {
  const tenants = store.platform(tenantRecord);
  const lookAlike = await tenants.getBy('skeleton', skeleton(id));
  if (lookAlike && lookAlike.id !== id) refuse('/id', `looks like the tenant "${lookAlike.id}"`);
  const host = issuer && URL.parse(issuer)?.host;
  const owner = host ? await tenants.getBy('host', host) : undefined;
  if (owner && owner.id !== id) refuse('/issuer', `belongs to the tenant "${owner.id}"`);
}

/** A tenant that does not exist yet, for checks that need no more of it than its settings. */
function draftTenant(
  { store, config }: Services,
  { id, name, issuer }: WantedTenant,
  settings: TenantSettings,
): Tenant {
  const key = randomBytes(32);
  return {
    id,
    name,
    issuer: issuerOf(config.url, id, { issuer: issuer ?? undefined }),
    basePath: '',
    status: 'active',
    settings,
    revision: 0,
    keys: [],
    samlKeys: [],
    keysValidUntil: 0,
    store: store.forTenant('draft'),
    secretFor: (purpose) => derive(key, purpose),
    openSecret: secretBox({ id, dataKey: key }).open,
  };
}

function refuse(pointer: string, message: string): never {
  throw invalidInput(message, [{ pointer, message }]);
}
