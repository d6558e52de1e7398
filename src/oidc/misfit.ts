import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../tenants/tenant.ts';
import { subOf } from './pairwise.ts';

type Wanted = { value?: unknown } | null | undefined;

/**
 * Ends a request whose user has just signed in, and is not the one it asks for (OpenID Connect Core 3.1.2.1). The core
 * itself looks at `id_token_hint` on the way in only, and would ask for the rest again and again. Error
 * `login_required`.
 */
export async function refuseMisfit(tenant: Tenant, { oidc }: KoaContextWithOIDC): Promise<void> {
  const { result, client, account, claims, params, provider } = oidc;
  if (!result?.login || !client || !account) return;
  const { accountId } = account;
  const sub = subOf(tenant, client, accountId);

  const { sub: wantedSub } = (claims.id_token ?? {}) as { sub?: Wanted };
  const hint = params?.id_token_hint;
  const hinted = typeof hint === 'string' ? (await provider.IdToken.validate(hint, client)).payload.sub : sub;
  if (hinted !== sub || (wantedSub && 'value' in wantedSub && wantedSub.value !== sub)) {
    throw new errors.LoginRequired('another user signed in than the one asked for');
  }
}
