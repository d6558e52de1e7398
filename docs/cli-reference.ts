import type { Command } from 'commander';
import { program } from '../src/cli/program.ts';

export const gatehouse: Command = program();

/** What `--help` says, at a width that is the same everywhere. */
export function help(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => 100,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.trimEnd();
}

/** The help of `gatehouse` and of each of its commands, as Markdown. */
export const cliReference = (): string => sections(gatehouse, ['gatehouse']).join('\n\n');

function sections(command: Command, path: string[]): string[] {
  const title = `${'#'.repeat(path.length + 1)} \`${path.join(' ')}\``;
  const below = command.commands.flatMap((sub) => sections(sub, [...path, sub.name()]));
  return [`${title}\n\n\`\`\`text\n${help(command)}\n\`\`\``, ...below];
}
