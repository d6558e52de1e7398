import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { type Answer, type Fields, rawClient } from './raw-client.ts';
import { webClient } from './relying-party.ts';
import { JWT_BEARER, type WorkloadIssuer } from './workload-issuer.ts';

export const DEPLOY_API = 'https://deploy.api.example';
export const REPORT_API = 'https://report.api.example';

/** A tenant that trusts a CI service: one repository deploys, every job of the main branch may report. */
export async function setWorkloadStage(
  { services }: Pick<TestGatehouse, 'services'>,
  id: string,
  ci: WorkloadIssuer,
  trust: object = {},
) {
  const { tenants, resolver, clients } = services;
  await tenants.create({
    id,
    name: id,
    settings: {
      signing: { algorithms: ['ES256'] },
      resources: [
        { indicator: DEPLOY_API, scopes: ['deploy', 'delete'] },
        { indicator: REPORT_API, scopes: ['read', 'write'], access_token_format: 'opaque' },
      ],
      trusted_issuers: [
        {
          issuer: ci.issuer,
          jwks_uri: ci.jwksUri,
          rules: [
            {
              client_id: 'deployer',
              subject: 'repo:acme/shop',
              claims: { ref: ['refs/heads/main', 'refs/heads/hotfix'], runner_environment: 'hosted' },
              resources: [{ resource: DEPLOY_API, scopes: ['deploy'] }, { resource: REPORT_API }],
            },
            { client_id: 'reporter', claims: { ref: 'refs/heads/main' }, resources: [{ resource: REPORT_API }] },
          ],
          ...trust,
        },
      ],
    },
  });
  const tenant = (await resolver.byId(id))!;
  for (const name of ['deployer', 'reporter']) {
    const { client_secret: _, ...metadata } = webClient(name, {
      redirect_uris: [],
      post_logout_redirect_uris: [],
      response_types: [],
      grant_types: [JWT_BEARER],
      token_endpoint_auth_method: 'none',
    });
    await clients.create(tenant, metadata);
  }
  return stageOf(tenant, ci);
}

/** What the rules ask for. */
const MAIN = { ref: 'refs/heads/main', runner_environment: 'hosted' };

function stageOf(tenant: Tenant, ci: WorkloadIssuer) {
  const show = (assertion: string, fields: Fields = {}, headers: Fields = {}): Promise<Answer> =>
    rawClient(tenant.issuer, 'deployer').token(
      { grant_type: JWT_BEARER, client_id: 'deployer', resource: DEPLOY_API, assertion, ...fields },
      headers,
    );

  return {
    tenant,
    assert: (claims: object = {}, header: object = {}) => ci.assert(tenant.issuer, { ...MAIN, ...claims }, header),
    /** Shows an assertion for a token, as the client `deployer` unless said otherwise. */
    show,
  };
}

export type WorkloadStage = Awaited<ReturnType<typeof setWorkloadStage>>;
