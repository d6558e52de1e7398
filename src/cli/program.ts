import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../core/package-root.ts';
import { applyCommand } from './commands/apply.ts';
import { approvalCommand } from './commands/approval.ts';
import { clientCommand } from './commands/client.ts';
import { deliveryCommand } from './commands/delivery.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { grantCommand } from './commands/grant.ts';
import { invitationCommand, inviteCommand } from './commands/invitation.ts';
import { keyCommand } from './commands/key.ts';
import { mailCommand } from './commands/mail.ts';
import { organizationCommand } from './commands/organization.ts';
import { riskCommand } from './commands/risk.ts';
import { samlCommand } from './commands/saml.ts';
import { startCommand } from './commands/start.ts';
import { streamCommand } from './commands/stream.ts';
import { tenantCommand } from './commands/tenant.ts';
import { userCommand } from './commands/user.ts';

const HELP = `
Settings come from the environment (GATEHOUSE_URL, GATEHOUSE_DATA, ...); see docs/reference/.
Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 apply --plan found differences, 78 bad settings.`;

/** The command line. Its usage errors are thrown as CommanderError, after they were said. */
export function program(): Command {
  const root = new Command('gatehouse').description('Multi-tenant OpenID Connect provider').version(version());
  root.addHelpText('after', HELP);
  for (const command of [
    startCommand(),
    applyCommand(),
    exportCommand(),
    tenantCommand(),
    clientCommand(),
    userCommand(),
    grantCommand(),
    organizationCommand(),
    inviteCommand(),
    invitationCommand(),
    approvalCommand(),
    keyCommand(),
    samlCommand(),
    mailCommand(),
    deliveryCommand(),
    streamCommand(),
    explainCommand(),
    riskCommand(),
    doctorCommand(),
  ])
    root.addCommand(command);
  throwAlways(root);
  return root;
}

/** Commander would end the process, and does not hand this down to commands that are added whole. */
function throwAlways(command: Command): void {
  command.exitOverride().showHelpAfterError('(--help says more)');
  command.commands.forEach(throwAlways);
}

const version = () => JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version as string;
