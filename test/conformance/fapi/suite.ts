import { afterAll, beforeAll } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { type Certified, certified } from '../../support/certificate.ts';
import { publicJwk } from '../../support/forge.ts';
import { freePort } from '../../support/ports.ts';
import { withCertificate } from '../../support/with-certificate.ts';
import { startOp } from '../suite/op.ts';
import { type FapiClient, fapiClient, jwksOf, keysFor } from './client.ts';
import type { FapiPlan, FapiVariant } from './plan.ts';

type Own = { env?: Record<string, string>; metadata?: (client: Record<string, unknown>) => object };

/**
 * One Gatehouse that asks for certificates; what is given makes a plan with two clients of the document. `own`: what else is
 * put in the place of what the document has.
 */
export function fapiSuite(
  tenant: string,
  own: Own = {},
): <V extends FapiVariant>(client: string, variant: V) => () => Promise<FapiPlan & { variant: V }> {
  const server = certified({ subject: [['CN', 'localhost']], names: { dns: ['localhost'] } });
  const clients = new Map<string, FapiClient>();
  const senders = new Map<Certified | undefined, ReturnType<typeof withCertificate>>();
  let op: FapiPlan['op'];

  function by(certificate: Certified | undefined): typeof fetch {
    const send = senders.get(certificate) ?? withCertificate(certificate, server.cert);
    senders.set(certificate, send);
    return send;
  }

  beforeAll(async () => {
    const keys = new Map<string, ReturnType<typeof keysFor>>();
    const keysOf = (client: Parameters<typeof keysFor>[0]) => {
      const known = keys.get(client.client_id) ?? keysFor(client);
      keys.set(client.client_id, known);
      return known;
    };
    const env = {
      GATEHOUSE_MTLS_PORT: String(await freePort()),
      GATEHOUSE_MTLS_CERT: server.cert,
      GATEHOUSE_MTLS_KEY: server.key,
      ...own.env,
    };
    const started = await startOp(tenant, env, (client) => ({
      jwks: jwksOf(keysOf(client)),
      ...own.metadata?.(client as never),
    }));
    op = { ...started, by };
    for (const metadata of op.clients.values()) {
      const { dpopKeys, ...client } = fapiClient({ ...metadata }, keysOf(metadata));
      const jkt = await calculateJwkThumbprint(publicJwk(dpopKeys.publicKey));
      clients.set(client.client_id, { ...client, jkt });
    }
  });
  afterAll(async () => {
    await Promise.all(Array.from(senders.values(), ({ close }) => close()));
    await op.stop();
  });

  return (client, variant) => async () => ({
    op,
    variant,
    first: clients.get(client)!,
    second: clients.get(`${client}-second`)!,
  });
}
