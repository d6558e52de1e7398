import { unknownSetting } from '../../config/unknown.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { Services } from '../../services.ts';
import { issuerOf } from '../../tenants/tenant.ts';
import { inParallel } from '../in-parallel.ts';
import { all } from '../lookup.ts';
import { checkFiles } from './files.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { checkIssuer } from './issuer.ts';
import { checkKeys } from './keys.ts';
import { checkMail } from './mail.ts';

/** Issuers that are asked: the first ones, and all with an own domain, each of which can be set up wrongly by itself. */
const BY_PATH = 3;

/** Every check. That settings and master key are right is known: the services are open. */
export async function examine(services: Services): Promise<Finding[]> {
  const { config, store } = services;
  const now = () => Date.now();
  const stores = Object.entries(await store.health());
  const tenants = await all(services.tenants.list);
  const own = tenants.filter(({ issuer }) => issuer);
  const asked = [...tenants.filter(({ issuer }) => !issuer).slice(0, BY_PATH), ...own].filter(
    ({ status }) => status === 'active',
  );
  const issuers = await inParallel(asked, (tenant) => checkIssuer(issuerOf(config.url, tenant.id, tenant), now));
  return [
    ok('settings', `${config.production ? 'production' : 'development'}, ${config.url}`),
    ...config.unknown.map((name) => warn('settings', unknownSetting(name))),
    ...checkProxies(config.url, config.trustedProxies),
    ...checkFiles(config),
    ...stores.map(([name, state]) =>
      state === 'ok' ? ok('store', `${name} answers`) : fail('store', `${name}: ${state}`),
    ),
    ...checkKeys(tenants, now()),
    ...checkMail(config, tenants),
    ...issuers.flat(),
  ];
}

function checkProxies(url: string, trusted: string[]): Finding[] {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' || isLoopback(hostname) || trusted.length > 0) return [];
  const message = 'https ends at a proxy, but GATEHOUSE_TRUSTED_PROXIES is empty: all users seem to have its address';
  return [warn('proxy headers', message)];
}
