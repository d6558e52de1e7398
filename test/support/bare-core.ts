import Provider, { type Adapter } from 'oidc-provider';
import { ecKeys } from './forge.ts';

const keys = [ecKeys().privateKey.export({ format: 'jwk' })];

/** A protocol core as the library makes it, with nothing of ours; `find` is all that its adapter can. */
export const bareCore = (find: Adapter['find'] = async () => undefined): Provider =>
  new Provider('http://localhost', {
    adapter: () => ({ find }) as Partial<Adapter> as Adapter,
    jwks: { keys } as never,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['k'] },
    features: { devInteractions: { enabled: false } },
    renderError() {},
  });
