import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { isOpen } from '../accounts/registration/input.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type AssuranceDeps, assuranceChecks } from './assurance.ts';
import { refuseMisfit } from './misfit.ts';
import { deviceSsoCheck, offersNativeSso } from './native-sso/allowed.ts';

const { base, Check, Prompt } = interactionPolicy;

/** When the user is asked, and for what: make an account, choose one, sign in, consent; in this order. */
export function createPolicy(tenant: Tenant, deps: AssuranceDeps): interactionPolicy.DefaultPolicy {
  const policy = base();
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  // Initiating User Registration via OpenID Connect 1.0 4.1: where nobody may sign up it is not supported, and refused.
  if (isOpen(tenant)) policy.add(new Prompt({ name: 'create', requestable: true }), 0);

  const login = policy.get('login')!;
  // Ours look at levels, not at names alone: what is more than was asked for is enough.
  login.checks.remove('essential_acr');
  login.checks.remove('essential_acrs');
  login.checks.add(
    new Check('nothing_asked', 'the request asks for nothing', (ctx: KoaContextWithOIDC) => {
      refuseNothingAsked(ctx);
      return Check.NO_NEED_TO_PROMPT;
    }),
    0,
  );
  login.checks.add(
    new Check('account_gone', 'the account was disabled or removed', 'login_required', ({ oidc }: KoaContextWithOIDC) =>
      Boolean(oidc.session?.accountId && !oidc.account),
    ),
  );
  login.checks.add(
    new Check('misfit', 'the sign-in is not the one asked for', async (ctx: KoaContextWithOIDC) => {
      await refuseMisfit(tenant, ctx);
      return Check.NO_NEED_TO_PROMPT;
    }),
  );
  for (const check of assuranceChecks(tenant, deps)) login.checks.add(check);
  if (offersNativeSso(tenant)) login.checks.add(deviceSsoCheck(), 0);

  const consent = policy.get('consent')!;
  consent.checks.remove('native_client_prompt');
  consent.checks.add(
    // RFC 8252 8.6: who speaks through a private scheme or loopback cannot be told, so an answer needs the user.
    new Check(
      'native_client_prompt',
      'native clients require End-User interaction',
      'interaction_required',
      (ctx: KoaContextWithOIDC) => {
        const { client, result } = ctx.oidc;
        return client?.applicationType === 'native' && !client.skip_consent && !result?.consent;
      },
    ),
  );
  const details = consent.checks.get('rar_prompt')!;
  consent.checks.remove('rar_prompt');
  consent.checks.add(
    new Check(
      'rar_prompt',
      details.description,
      (ctx: KoaContextWithOIDC) => ctx.oidc.client?.skip_consent !== true && details.check(ctx),
      details.details,
    ),
  );
  return policy;
}

/** RFC 6749 3.3. The core says `access_denied` when the user has signed in, as if it was he who refused. */
export function refuseNothingAsked({ oidc }: KoaContextWithOIDC): void {
  const { requestParamScopes, requestParamOIDCScopes, resourceServers = {} } = oidc;
  const ofApis = Object.values(resourceServers).flatMap(({ scopes }) => [...scopes]);
  if (requestParamOIDCScopes.size > 0 || ofApis.some((scope) => requestParamScopes.has(scope))) return;
  throw new errors.InvalidScope(
    'ask for a scope that is known here, such as openid',
    [...requestParamScopes].join(' '),
  );
}
