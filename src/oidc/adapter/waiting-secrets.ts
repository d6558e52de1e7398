import { open, seal } from '../../core/sealing.ts';
import type { Payload } from '../../store/artifacts.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { hashedUserCode } from '../user-codes.ts';

/** The token that a client is pinged with (CIBA Core 7.1) must be read back. */
const PING_TOKEN = 'client_notification_token';
const keyOf = (tenant: Tenant) => tenant.secretFor('ping tokens');
const contextOf = ({ id }: Tenant) => `ping token ${id}`;

/** The payload as it is stored: nothing in it by which somebody could act. */
export const concealed = (tenant: Tenant, payload: Payload): Payload => ({
  ...withPingToken(payload, (token) => seal(keyOf(tenant), token, contextOf(tenant))),
  ...(payload.userCode !== undefined && { userCode: hashedUserCode(tenant, payload.userCode) }),
});

/** And back, but for the user code, which only who types it knows. */
export const revealed = (tenant: Tenant, payload: Payload): Payload =>
  withPingToken(payload, (sealed) => open(keyOf(tenant), sealed, contextOf(tenant)).toString());

function withPingToken(payload: Payload, change: (token: string) => string): Payload {
  const params = payload.params as Record<string, unknown> | undefined;
  const token = params?.[PING_TOKEN];
  return typeof token === 'string' ? { ...payload, params: { ...params, [PING_TOKEN]: change(token) } } : payload;
}
