import Provider, { errors } from 'oidc-provider';
import { createClientGuesses } from '../risk/client-guesses.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createAccountCache } from './account-cache.ts';
import { takeAliasesAsAudience } from './alias-audience.ts';
import { configuration, type OidcDeps } from './configuration.ts';
import { OpenProvider } from './core-grants.ts';
import { methodsOf } from './model-methods.ts';
import { addOwnGrants } from './own-grants.ts';
import { newChain, opaqueToken, parseRefreshToken, refreshToken, refreshTokenKey } from './token-ids.ts';

/** The protocol core of one tenant. Cheap to make (under a millisecond), made anew when the tenant changes. */
export function createProvider(tenant: Tenant, deps: OidcDeps): Provider {
  const accounts = createAccountCache(tenant, deps.findUser);
  const provider = new OpenProvider(tenant.issuer, configuration(tenant, deps, accounts));
  // Before the first client is built: only what is there now is a grant_type of one.
  addOwnGrants(tenant, provider, accounts, deps);
  // Host and scheme are set by the entry from what is stored, and the forwarded address by the trusted-proxy list.
  provider.proxy = true;

  takeAliasesAsAudience(provider, tenant, deps.mutualTls);
  nameOpaqueTokens(provider, 'AccessToken');
  nameOpaqueTokens(provider, 'ClientCredentials');
  const key = refreshTokenKey(tenant);
  methodsOf(provider.RefreshToken).generateTokenId = () => {
    const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken;
    const before = rotated && parseRefreshToken(key, rotated.jti);
    return refreshToken(key, before ? { ...before, generation: before.generation + 1 } : newChain());
  };

  const guesses = createClientGuesses(tenant, deps.clock);
  methodsOf(provider.Client).compareClientSecret = async function compare(given) {
    const { clientId, clientSecret } = this;
    const ctx = Provider.ctx!;
    const wait = guesses.wait(clientId, ctx.ip);
    if (wait > 0) {
      ctx.set('retry-after', String(wait));
      throw new errors.InvalidClientAuth('too many wrong secrets');
    }
    if (deps.secretMatches(tenant, clientId, clientSecret, given)) return true;
    await guesses.countWrong(clientId, ctx.ip);
    return false;
  };

  const includeSid = methodsOf(provider.Client).includeSid;
  // Front-Channel Logout 1.0 3: what the frame calls the session, the ID token has called it.
  methodsOf(provider.Client).includeSid = function includes() {
    const isByName = this.frontchannel_logout_uri !== undefined && this.frontchannel_logout_session_required === true;
    return isByName || includeSid.call(this);
  };

  methodsOf(provider.Client).backchannelPing = async function ping({ jti, accountId, exp, params }) {
    const token = params.client_notification_token;
    await deps.ciba.sendPing(tenant, { clientId: this.clientId, accountId, authReqId: jti, token, expiresAt: exp });
  };
  return provider;
}

/** Gives opaque tokens our form; the core's own method decides the format, JWT ones keep their id. */
function nameOpaqueTokens(provider: Provider, kind: 'AccessToken' | 'ClientCredentials'): void {
  const methods = methodsOf(provider[kind]);
  const generate = methods.generateTokenId;
  methods.generateTokenId = function generateTokenId() {
    const id = generate.call(this);
    return this.format === 'jwt' ? id : opaqueToken(kind);
  };
}
