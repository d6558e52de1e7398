import { Command } from 'commander';
import { loadConfig } from '../../config/load.ts';

export const startCommand = (): Command =>
  new Command('start').description('run the server').action(async () => {
    const config = loadConfig();
    // Loaded only here: the other commands need no server.
    const { start } = await import('../../main.ts');
    await start(config);
  });
