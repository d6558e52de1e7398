import { Command } from 'commander';
import type { ClientInput } from '../../clients/prepare.ts';
import type { ClientRecord } from '../../clients/record.ts';
import { MAX_OVERLAP, OVERLAP } from '../../clients/succession.ts';
import { systemClock } from '../../core/clock.ts';
import { notFound } from '../../core/errors.ts';
import type { Stored } from '../../store/records.ts';
import { readObject } from '../document.ts';
import { all, tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';
import { clientTokenCommand } from './client-token.ts';

type Options = OutputOptions & {
  id?: string;
  name?: string;
  redirectUri?: string[];
  public?: boolean;
  metadata?: string;
};

export function clientCommand(): Command {
  const command = new Command('client').description(
    'clients of a tenant: create, list, show, remove, rotate-secret, access-token, token',
  );
  command
    .command('create <tenant>')
    .description('register a client; a secret is made where it needs one')
    .option('--id <client_id>', 'default: made')
    .option('--name <name>', 'shown to users')
    .option('--redirect-uri <uri...>', 'where users are sent back to')
    .option('--public', 'without secret (token_endpoint_auth_method none)')
    .option('--metadata <file>', 'any other metadata by its standard name, as YAML or JSON; - for the standard input')
    .option('--json', 'print JSON')
    .action((id: string, options: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const { client, secret } = await services.clients.create(tenant, inputOf(options));
        show(client, options, secret);
      }),
    );
  command
    .command('list <tenant>')
    .description('all clients of a tenant')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const clients = (await all((query) => services.clients.list(tenant, query))).map((client) => shown(client));
        print(clients, table(clients.map(row)), options);
      }),
    );
  command
    .command('show <tenant> <client_id>')
    .description('the metadata of a client')
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, options: OutputOptions) =>
      withServices(async (services) => {
        const client = await services.clients.get(await tenantNamed(services, id), clientId);
        if (!client) throw notFound(`client "${clientId}"`);
        show(client, options);
      }),
    );
  command
    .command('remove <tenant> <client_id>')
    .description('remove a client')
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, options: OutputOptions) =>
      withServices(async (services) => {
        await services.clients.remove(await tenantNamed(services, id), clientId);
        print({ removed: clientId }, `removed ${clientId}`, options);
      }),
    );
  command
    .command('rotate-secret <tenant> <client_id>')
    .description('make a new secret; the old one is good for a while more, so that no server of the client is shut out')
    .option('--overlap <seconds>', `how long, 0 to ${MAX_OVERLAP}; 0: it ends at once`, String(OVERLAP))
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, { overlap, ...options }: OutputOptions & { overlap: string }) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const { client, secret } = await services.clients.rotateSecret(tenant, clientId, secondsOf(overlap));
        show(client, options, secret);
      }),
    );
  command
    .command('access-token <tenant> <client_id>')
    .description('make a new registration access token, by which a client manages itself (RFC 7592); an old one ends')
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, options: OutputOptions) =>
      withServices(async (services) => {
        const token = await services.registrations.issueToken(await tenantNamed(services, id), clientId);
        const value = { client_id: clientId, registration_access_token: token };
        print(value, `${facts(value)}\nKeep the registration_access_token: it is not shown again.`, options);
      }),
    );
  command.addCommand(clientTokenCommand());
  return command;
}

function inputOf({ id, name, redirectUri, metadata, ...options }: Options): ClientInput {
  return {
    ...readObject(metadata, 'client metadata'),
    ...(id !== undefined && { client_id: id }),
    ...(name !== undefined && { client_name: name }),
    ...(redirectUri && { redirect_uris: redirectUri }),
    ...(options.public && { token_endpoint_auth_method: 'none' }),
  };
}

/** `secret` where it was made just now. */
function show(client: Stored<ClientRecord>, options: OutputOptions, secret?: string): void {
  const value = shown(client, secret);
  const note = secret === undefined ? '' : '\nKeep the client_secret: it is not shown again.';
  print(value, facts(value) + note, options);
}

const secondsOf = (text: string) => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

const row = ({ client_id, client_name, untrusted, previous_secret_until }: ReturnType<typeof shown>) => [
  client_id,
  client_name,
  untrusted === true ? 'untrusted' : undefined,
  previous_secret_until && `previous secret until ${previous_secret_until}`,
];

const shown = (
  { id, metadata, createdAt, secretExpires, previous, expires }: Stored<ClientRecord>,
  secret?: string,
) => ({
  client_id: id,
  ...(secret !== undefined && { client_secret: secret }),
  ...(metadata as Record<string, unknown> & { client_name?: string; untrusted?: boolean }),
  ...(secretExpires !== undefined && { client_secret_expires: date(secretExpires) }),
  ...(previous && previous.until > systemClock() && { previous_secret_until: date(previous.until) }),
  ...(expires !== undefined && { unused_until: date(expires) }),
  created: date(createdAt),
});
