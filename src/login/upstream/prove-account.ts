import { isError } from '../../core/errors.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import { firstPath, type LoginStep, type StepPage, type Visit } from '../visit.ts';
import { PROVE_ACCOUNT, providerOf } from './admission.ts';
import { findWaiting } from './waiting.ts';

/**
 * Somebody came back from an upstream who has an account here: its owner links it by signing in to it once, in whatever
 * way the account has. Told only to whom its address belongs.
 */
export const proveAccountStep = (deps: { firstPage: StepPage }): LoginStep => ({
  pages: {},
  forms: {},
  besides: {
    async [PROVE_ACCOUNT](visit, shown) {
      const { tenant, interaction } = visit;
      const waiting = await findWaiting(tenant, interaction.uid, 'account');
      if (!waiting) return deps.firstPage(visit, shown);
      const provider = providerOf(visit, waiting.identity);
      return { view: 'upstream-account', data: { provider, email: waiting.email, go: firstPath(visit) } };
    },
  },
});

/** After all that the sign-in asked for: a password alone links nothing where a second factor is asked for. */
export const createLinkWaiting =
  ({ upstreams }: { upstreams: Pick<Upstreams, 'link'> }) =>
  async ({ ctx, tenant, interaction }: Visit, accountId: string): Promise<void> => {
    const waiting = await findWaiting(tenant, interaction.uid, 'account');
    if (waiting?.accountId !== accountId || !(await waiting.end())) return;
    const { ip, requestId } = ctx.state;
    await upstreams.link(tenant, accountId, waiting.identity, { ip, requestId }).catch((error) => {
      // Switched off, or linked elsewhere meanwhile: whoever has signed in is in all the same.
      if (!isError(error, 'forbidden') && !isError(error, 'already_exists')) throw error;
    });
  };
