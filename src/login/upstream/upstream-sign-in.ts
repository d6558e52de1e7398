import type { Middleware } from 'koa';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Clock } from '../../core/clock.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { createTrips } from '../../factors/upstream/trips.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import type { Pages } from '../../http/page.ts';
import { offerUpstreams } from '../offers/upstreams.ts';
import type { Prove } from '../prove.ts';
import type { LoginState } from '../state.ts';
import { upstreamStep } from '../steps/upstream.ts';
import type { LoginStep, StepPage } from '../visit.ts';
import { createAdmit } from './admission.ts';
import { createGoToUpstream } from './go.ts';
import { homeRealm } from './home-realm.ts';
import { createLinkWaiting, proveAccountStep } from './prove-account.ts';
import { proveEmailStep } from './prove-email.ts';
import { createUpstreamRoutes } from './routes.ts';
import { createSendProof } from './send-proof.ts';
import { createSignOutRoutes } from './sign-out.ts';

/** Sign-in by other providers, wired together for the rest of a sign-in. */
export function upstreamSignIn(deps: {
  clock: Clock;
  prove: Prove;
  accounts: Pick<Accounts, 'findByIdentifier'>;
  pages: Pages;
  codes: Codes;
  upstreams: Upstreams;
}) {
  const trips = createTrips(deps.upstreams);
  const goToUpstream = createGoToUpstream({ trips });
  const sendProof = createSendProof(deps);
  const own = { ...deps, trips, goToUpstream, sendProof, admit: createAdmit({ ...deps, sendProof }) };
  const afterHome = homeRealm(own);
  return {
    offer: offerUpstreams(deps),
    /** Looks at the address that is typed before a step of the first page does. */
    homeRealm: afterHome,
    steps: (firstPage: StepPage): LoginStep[] => [
      afterHome(upstreamStep(own)),
      proveEmailStep({ ...own, firstPage }),
      proveAccountStep({ firstPage }),
    ],
    onSignedIn: createLinkWaiting(deps),
    routes: [createUpstreamRoutes(own), createSignOutRoutes(deps)].map(
      (router) => router.routes() as Middleware<LoginState>,
    ),
  };
}
