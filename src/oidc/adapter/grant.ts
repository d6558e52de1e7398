import type { Adapter } from 'oidc-provider';
import type { Artifacts } from '../../store/artifacts.ts';
import type { FindClient } from './client.ts';
import { genericAdapter } from './generic.ts';

/**
 * Grants that are older than their client are of another that had its name before, and was removed: with them all that was
 * issued under them is worth nothing, as every use of it looks here. Within one second the two cannot be told.
 */
export function grantAdapter(artifacts: Artifacts, findClient: FindClient): Adapter {
  const grants = genericAdapter('Grant', artifacts);
  return {
    ...grants,
    async find(id) {
      const grant = await grants.find(id);
      const client = grant?.clientId && (await findClient(grant.clientId));
      const isOlder = client && Number(grant.iat) < Number(client.client_id_issued_at ?? 0);
      return isOlder ? undefined : grant;
    },
  };
}
