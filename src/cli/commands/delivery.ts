import { Command } from 'commander';
import { addOutboxCommands } from './outbox.ts';

export const deliveryCommand = (): Command =>
  addOutboxCommands(new Command('delivery').description('what a tenant sends to others by HTTP: list, retry'), {
    what: 'deliveries',
    queueOf: ({ deliveries }) => deliveries,
    describe: ({ kind, to, subject }) => ({ kind, to, subject }),
    columns: ['kind', 'to', 'subject'],
  });
