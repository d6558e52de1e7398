import { SIGNALS_SCOPES } from '../../tenants/settings/shared-signals.ts';

/** Whether a client may have a stream of security events: only one whose metadata name the scopes. */
export function isReceiver(client: object): boolean {
  const scope: unknown = Reflect.get(client, 'api_scope');
  return typeof scope === 'string' && SIGNALS_SCOPES.some((name) => scope.split(' ').includes(name));
}
