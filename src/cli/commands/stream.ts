import { Argument, Command } from 'commander';
import { notFound } from '../../core/errors.ts';
import type { Services } from '../../services.ts';
import { configurationOf } from '../../signals/configuration.ts';
import { STATUSES, type Stream, type StreamStatus } from '../../signals/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

export function streamCommand(): Command {
  const command = new Command('stream').description(
    'who is told of security events (SSF): list, show, status, delete; clients make streams themselves',
  );
  command
    .command('list <tenant>')
    .description('the streams of a tenant, and how many events wait in each')
    .option('--json', 'print JSON')
    .action((id: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const shown = [];
        for await (const stream of services.signals.streams.all(tenant))
          shown.push(await describe(services, tenant, stream));
        const rows = shown.map(({ aud, status, delivery, waiting }) => [aud, status, delivery.endpoint_url, waiting]);
        print(shown, table(rows), options);
      }),
    );
  command
    .command('show <tenant> <client_id>')
    .description('the stream of a client')
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, options: OutputOptions) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        show(await describe(services, tenant, await streamOf(services, tenant, clientId)), options);
      }),
    );
  command
    .command('status <tenant> <client_id>')
    .description('change the status of a stream; its receiver is told')
    .addArgument(new Argument('<status>', 'paused holds events, disabled drops them').choices(STATUSES))
    .option('--reason <text>', 'what the receiver is told')
    .option('--json', 'print JSON')
    .action((id: string, clientId: string, status: StreamStatus, options: OutputOptions & { reason?: string }) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const before = await streamOf(services, tenant, clientId);
        const after = await services.signals.streams.decideStatus(tenant, before, status, options.reason, {});
        show(await describe(services, tenant, after), options);
      }),
    );
  command
    .command('delete <tenant> <client_id>')
    .description('end the stream of a client, with all that waits in it; the client may make another')
    .action((id: string, clientId: string) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        await services.signals.streams.remove(tenant, await streamOf(services, tenant, clientId), {});
      }),
    );
  return command;
}

async function streamOf({ signals }: Services, tenant: Tenant, clientId: string): Promise<Stream> {
  const stream = await signals.streams.ofClient(tenant, clientId);
  if (!stream) throw notFound(`a stream of the client "${clientId}"`);
  return stream;
}

async function describe({ signals }: Services, tenant: Tenant, stream: Stream) {
  const { events_supported: _, ...configuration } = configurationOf(tenant, stream);
  return {
    ...configuration,
    status: stream.status,
    ...(stream.reason !== undefined && { reason: stream.reason }),
    waiting: await signals.pending.count(tenant, stream.id),
    created: date(stream.createdAt),
  };
}

const show = (stream: Awaited<ReturnType<typeof describe>>, options: OutputOptions) =>
  print(stream, facts(stream), options);
