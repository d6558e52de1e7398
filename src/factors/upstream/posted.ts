import type { Tenant } from '../../tenants/tenant.ts';
import { oneTime } from '../one-time.ts';
import { isAwaited } from './flow.ts';

/** Seconds: a redirect takes no longer. */
const TTL = 60;

const posted = (tenant: Tenant) => oneTime<{ form: string }>(tenant, 'UpstreamPosted', TTL);

/** The state is in both protocols what we gave on the way. */
export const stateOf = (params: URLSearchParams): string => params.get('state') ?? params.get('RelayState') ?? '';

/**
 * Keeps an answer that came as a form (Apple, SAML): another site sent it, so it came without our SameSite cookies, which a
 * GET to the same address brings. Resolves to the query of that; empty where nobody waits: strangers must not fill the store.
 */
export async function keepPosted(tenant: Tenant, upstreamId: string, form: URLSearchParams): Promise<string> {
  const state = stateOf(form);
  if (!(await isAwaited(tenant, state, upstreamId))) return 'posted=';
  const { idOf, put } = posted(tenant);
  await put(idOf(upstreamId, state), { form: form.toString() });
  return `posted=${encodeURIComponent(state)}`;
}

/** What was posted with this state, else the query itself. Whose it is and that it counts once, the state says. */
export async function answerOf(tenant: Tenant, upstreamId: string, query: URLSearchParams): Promise<URLSearchParams> {
  const { idOf, find } = posted(tenant);
  const state = query.get('posted');
  if (state === null) return query;
  const found = await find(idOf(upstreamId, state));
  return new URLSearchParams(found?.content.form);
}
