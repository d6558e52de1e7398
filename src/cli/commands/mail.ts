import { Command } from 'commander';
import { addOutboxCommands } from './outbox.ts';

export const mailCommand = (): Command =>
  addOutboxCommands(new Command('mail').description('mails and text messages of a tenant: list, retry'), {
    what: 'messages',
    queueOf: ({ outbox }) => outbox,
    describe: ({ channel, template, to }) => ({ channel, template, to }),
    columns: ['template', 'to'],
  });
