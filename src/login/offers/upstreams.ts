import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import { codeWaysOf } from '../code-ways.ts';
import type { Offer } from '../steps/identify.ts';
import { factorsAsked } from '../visit.ts';

/** The buttons of the first page that go to other providers, and a field for an address where the page has none. */
export const offerUpstreams =
  ({ upstreams }: { upstreams: Pick<Upstreams, 'offered'> }): Offer =>
  async (visit) => {
    const factors = factorsAsked(visit);
    if (!factors.includes('upstream')) return undefined;
    const { tenant } = visit;
    const { settings } = tenant;
    const providers = upstreams.offered(tenant).map(({ id, name }) => ({ value: id, name }));
    const hasField =
      factors.includes('password') ||
      codeWaysOf(tenant, factors).length > 0 ||
      settings.authentication.identifier_first;
    const asksAddress = !hasField && settings.upstreams.some(({ enabled, domains }) => enabled && domains.length > 0);
    return providers.length > 0 || asksAddress ? { providers, asksAddress } : undefined;
  };
