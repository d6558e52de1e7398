import { randomSecret } from '../../core/ids.ts';
import { cookieHeader, cookiesOf } from '../../tenants/cookie.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { oneTime } from '../one-time.ts';
import type { Origin } from '../origin.ts';
import type { UpstreamIdentity } from './identity.ts';
import { answerOf } from './posted.ts';
import type { Wishes } from './protocol.ts';
import type { RefusedUpstream, Upstreams } from './upstreams.ts';

/** A page that sends its browser to an upstream and wants it back. */
export type Trip = Wishes & {
  upstreamId: string;
  /** By which the page finds who came back; tells others nothing, and does not leave the server. */
  ticket: string;
  /** Our path where the browser goes on then. There the page checks once more that it is the browser that left. */
  next: string;
};

export type Arrival = { ok: true; identity: UpstreamIdentity } | Omit<RefusedUpstream, 'context'>;

const COOKIE = 'upstream';
/** Seconds; longer than a user may stay there. */
const COOKIE_TTL = 3600;
const ARRIVAL_TTL = 600;

const arrivals = (tenant: Tenant) => oneTime<{ arrival: Arrival }>(tenant, 'UpstreamArrival', ARRIVAL_TTL);

/** There and back, for pages. `cookies`: the request's header. */
export function createTrips(upstreams: Pick<Upstreams, 'begin' | 'callback'>) {
  return {
    /** `url`: where to send the browser, `cookie`: the `Set-Cookie` header that goes with it. */
    async depart(
      tenant: Tenant,
      cookies: string | undefined,
      { ticket, next, ...wishes }: Trip,
      origin: Origin,
    ): Promise<{ ok: true; url: string; cookie: string } | RefusedUpstream> {
      // One for all tabs: each has its own state.
      const binding = bindingOf(tenant, cookies) ?? randomSecret();
      const begun = await upstreams.begin(tenant, { ...wishes, binding, context: { ticket, next } }, origin);
      return begun.ok ? { ...begun, cookie: cookieHeader(tenant, COOKIE, binding, COOKIE_TTL) } : begun;
    },

    /** Keeps who came back, or why nobody did. The path to go on to; undefined where this browser never left. */
    async arrive(
      tenant: Tenant,
      cookies: string | undefined,
      { upstreamId, query }: { upstreamId: string; query: URLSearchParams },
      origin: Origin,
    ): Promise<string | undefined> {
      const binding = bindingOf(tenant, cookies) ?? '';
      const params = await answerOf(tenant, upstreamId, query);
      const { context, ...arrival } = await upstreams.callback(tenant, { upstreamId, params, binding }, origin);
      if (!context) return undefined;
      const { ticket, next } = context as Pick<Trip, 'ticket' | 'next'>;
      const { idOf, put } = arrivals(tenant);
      await put(idOf(ticket), { arrival });
      return next;
    },

    /** Who came back, once. */
    async take(tenant: Tenant, ticket: string): Promise<Arrival | undefined> {
      const { idOf, find, end } = arrivals(tenant);
      const place = idOf(ticket);
      const found = await find(place);
      return found && (await end(place, found.version)) ? found.content.arrival : undefined;
    },
  };
}

export type Trips = ReturnType<typeof createTrips>;

/** A neighbour on the same host may plant a cookie: only what looks like one of ours is used. */
const bindingOf = (tenant: Tenant, cookies: string | undefined): string | undefined =>
  cookiesOf(tenant, cookies, COOKIE).find((value) => /^[\w-]{43}$/.test(value));
