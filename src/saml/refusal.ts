import type { Audit } from '../audit/audit.ts';
import { GatehouseError } from '../core/errors.ts';
import type { SamlContext } from './visit.ts';

/** A message that is not taken; `why` is for the operator of the service provider. Nothing was changed. */
export const refuseSaml = (why: string): never => {
  throw new GatehouseError('saml_refused', 400, why);
};

/** Each refusal is one event. */
export function recordRefusal(audit: Pick<Audit, 'record'>, ctx: SamlContext, why: string): Promise<void> {
  const { tenant, ip, requestId, sp } = ctx.state;
  return audit.record(tenant.id, {
    type: 'saml.refused',
    outcome: 'failure',
    clientId: sp?.id,
    ip,
    requestId,
    details: { at: ctx.path, reason: why },
  });
}
