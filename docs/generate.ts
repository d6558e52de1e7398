import { writeFileSync } from 'node:fs';
import { samlMetadata } from '../src/clients/saml.ts';
import { settingsSchema } from '../src/config/schema.ts';
import { tenantSettings } from '../src/tenants/settings.ts';
import { cliReference } from './cli-reference.ts';
import { settingsTable } from './reference-tables.ts';

const NOTE = '<!-- Made by `npm run docs` from the code; do not edit. -->';

/** The reference pages that are made from the code: path below `docs/`, and text. */
export const pages: Record<string, string> = {
  'reference/settings.md': `${NOTE}

# Settings

Gatehouse is set up by environment variables. Each may also be given as \`NAME_FILE\`, a file that holds the value. Of a name
that begins with GATEHOUSE_ and is no setting the log and \`gatehouse doctor\` warn. A bad
value stops the start (exit code 78), with its name, what was given and what is allowed.

${settingsTable(settingsSchema)}

In production (\`NODE_ENV=production\`) Gatehouse refuses an http \`GATEHOUSE_URL\` (but for loopback hosts), a bcrypt cost
below 10, and the demo tenant.
`,
  'reference/tenant-settings.md': `${NOTE}

# Settings of a tenant

What may stand under \`settings\` of a tenant in a [declarative file](../how-to/apply-a-file.md). All of it is optional;
what is not given has its default. Unknown fields are refused. Times are in seconds.

${settingsTable(tenantSettings)}
`,
  'reference/saml-clients.md': `${NOTE}

# Service providers of SAML

What may stand under \`saml\` of a client: it is then an application that
[speaks SAML 2.0](../how-to/saml-relying-parties.md). Unknown fields are refused.

${settingsTable(samlMetadata)}
`,
  'reference/cli.md': `${NOTE}

# The command line

\`npx gatehouse …\` in a checkout, \`docker compose run --rm first-tenant …\` in the compose file. It works on the same store as
the server, by the same [settings](settings.md), and a running server serves what it changes within two seconds. Who changed
something is in the audit as \`cli\`.

${cliReference()}
`,
};

if (import.meta.main) {
  for (const [path, text] of Object.entries(pages)) writeFileSync(new URL(path, import.meta.url), text);
}
