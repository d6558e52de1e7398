import { readFileSync } from 'node:fs';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { parse, stringify } from 'yaml';
import { checkSource } from '../../../src/cli/apply/check.ts';
import { loadCurrent } from '../../../src/cli/apply/current.ts';
import { execute } from '../../../src/cli/apply/execute.ts';
import { plan } from '../../../src/cli/apply/plan.ts';
import { readSource } from '../../../src/cli/apply/read.ts';
import { byHost } from '../../support/by-host.ts';
import { startGatehouse, type TestGatehouse } from '../../support/gatehouse.ts';
import { blocksOf } from '../../support/markdown.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a server's documents hold is for the modules to judge
type Loose = any;

export type SuiteClient = {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method?: string;
  redirect_uris: string[];
  /** Of a client that authenticates by a key: an assertion. */
  assertion?: () => Promise<string>;
};

/** The provider under test, as the suite knows it: by its issuer, and the clients and the user of its configuration. */
export type Op = {
  issuer: string;
  metadata: Loose;
  jwks: JSONWebKeySet;
  keys: JWTVerifyGetKey;
  clients: Map<string, SuiteClient>;
  user: { email: string; password: string };
  /** Where it really listens. */
  port: number;
  gatehouse: TestGatehouse;
  stop(): Promise<void>;
};

type File = { tenants: { id: string; clients?: SuiteClient[]; users: Op['user'][] }[] };

/**
 * A Gatehouse with the tenant of that id, by the file in the document that says how to set it up. `own`: what has to be put
 * in its place first, as the document says.
 */
export async function startOp(
  tenantId: string,
  env: Record<string, string> = {},
  own: (client: SuiteClient) => object = () => ({}),
): Promise<Op> {
  const text = blocksOf(readFileSync('docs/conformance.md', 'utf8'))
    .map((block) => block.text)
    .find((block) => block.startsWith('tenants:') && block.includes(`id: ${tenantId}\n`));
  if (!text) throw new Error(`docs/conformance.md has no tenant ${tenantId}`);
  const file = parse(text) as File;
  const tenant = file.tenants[0]!;
  for (const client of tenant.clients ?? []) Object.assign(client, own(client));

  const gatehouse = await startGatehouse(env);
  const { services } = gatehouse;
  const wanted = await checkSource(
    services,
    readSource(stringify(file), tenantId, () => undefined),
  );
  await execute(services, plan(await loadCurrent(services, wanted), wanted));
  const { issuer } = (await services.resolver.byId(tenantId))!;

  const port = gatehouse.port;
  const documentAt = async (address: string): Promise<Loose> => (await byHost(port)(address)).json();
  const metadata = await documentAt(`${issuer}/.well-known/openid-configuration`);
  const jwks = await documentAt(metadata.jwks_uri);
  return {
    issuer,
    metadata,
    jwks,
    keys: createLocalJWKSet(jwks),
    clients: new Map((tenant.clients ?? []).map((client) => [client.client_id, client])),
    user: tenant.users[0]!,
    port,
    gatehouse,
    stop: gatehouse.stop,
  };
}
