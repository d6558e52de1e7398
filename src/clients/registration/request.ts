import type { Problem } from '../../core/errors.ts';
import type { ClientRegistration, RegistrationOverrides } from '../../tenants/settings/client-registration.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { badClient } from '../prepare.ts';
import type { ClientRecord, Metadata } from '../record.ts';
import { isSecret } from '../secret.ts';

/** What the server says, and no client (RFC 7592 2.2). */
const OF_SERVER = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** The tenant's policy, with what an initial access token says over it. */
export function policyFor({ settings }: Tenant, overrides: RegistrationOverrides = {}): ClientRegistration {
  const chosen = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...settings.protocol.client_registration, ...chosen };
}

/** A client chooses neither its name nor its secret (RFC 7591 3.1: what only the server says is not asked for). */
export function checkNew(asked: Metadata): void {
  refuse(
    ['client_id', 'client_secret'].filter((name) => asked[name] !== undefined && asked[name] !== null),
    'is chosen by the server: leave it out',
  );
}

/** RFC 7592 2.2: who changes a registration says whose it is, and nothing that the server says. */
export function checkChange(tenant: Tenant, clientId: string, asked: Metadata, client: ClientRecord): void {
  refuse(
    OF_SERVER.filter((name) => asked[name] !== undefined),
    'is said by the server: leave it out',
  );
  refuse(asked.client_id === clientId ? [] : ['client_id'], 'must be there, and that of the registration');
  const { client_secret: given } = asked;
  const isOwn =
    given === undefined ||
    given === null ||
    (typeof given === 'string' && client.secret !== undefined && isSecret(tenant, clientId, client.secret, given));
  refuse(isOwn ? [] : ['client_secret'], 'must be the one that the server gave, or be left out');
}

function refuse(names: string[], message: string): void {
  const problems = names.map((name): Problem => ({ pointer: `/${name}`, message }));
  if (problems.length > 0) throw badClient(problems);
}
