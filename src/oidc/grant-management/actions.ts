import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { grantsEndpoint } from '../../tenants/settings/grant-management.ts';
import type { Tenant } from '../../tenants/tenant.ts';

type ExtraParams = Exclude<NonNullable<Configuration['extraParams']>, string[]>;

/** Parameters of authorization requests (Grant Management for OAuth 2.0, 5.2); `create` alone is offered. */
export const grantParams = ({ settings }: Tenant): ExtraParams =>
  settings.protocol.grant_management
    ? {
        grant_management_action(_ctx: KoaContextWithOIDC, action?: string) {
          if (action !== undefined && action !== 'create')
            throw new errors.InvalidRequest('grant_management_action must be create, or left out');
        },
        grant_id(_ctx: KoaContextWithOIDC, grantId?: string) {
          if (grantId !== undefined)
            throw new errors.InvalidRequest('grant_id is for actions that are not offered: merge, replace');
        },
      }
    : {};

/** Whether the client wants a grant of its own for this request, whatever there was before. */
export const isNewGrantAsked = ({ grant_management_action }: Record<string, unknown>): boolean =>
  grant_management_action === 'create';

/** What discovery says of it. */
export const saidOfGrants = (tenant: Tenant): Record<string, unknown> =>
  tenant.settings.protocol.grant_management
    ? {
        grant_management_endpoint: grantsEndpoint(tenant),
        grant_management_actions_supported: ['create', 'query', 'revoke'],
        grant_management_action_required: false,
      }
    : {};
