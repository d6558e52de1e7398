import type { Upstream } from './upstreams.ts';

/** What every preset speaks. */
export const PRESETS = {
  google: 'oidc',
  microsoft: 'oidc',
  apple: 'oidc',
  linkedin: 'oidc',
  github: 'oauth2',
  facebook: 'oauth2',
} as const;
export type PresetName = keyof typeof PRESETS;

type Problem = { path: (string | number)[]; message: string };

/** What the fields of upstreams must be to each other. */
export function upstreamProblems(list: readonly Upstream[]): Problem[] {
  return list.flatMap((upstream, i) =>
    [...own(upstream), ...beside(upstream, list.slice(0, i))].map(([field, message]) => ({
      path: [i, ...field.split('.')],
      message,
    })),
  );
}

type Field = keyof Upstream;
type Type = NonNullable<Upstream['type']>;

const NEEDED: Record<Type, Field[]> = {
  oidc: ['client_id', 'issuer'],
  oauth2: ['client_id', 'endpoints'],
  saml: ['saml'],
};
const ONLY_FOR: Partial<Record<Field, Type[]>> = {
  issuer: ['oidc'],
  endpoints: ['oauth2'],
  saml: ['saml'],
  subject: ['oauth2', 'saml'],
  client_id: ['oidc', 'oauth2'],
  client_secret: ['oidc', 'oauth2'],
  private_key: ['oidc', 'oauth2'],
  token_endpoint_auth_method: ['oidc', 'oauth2'],
  scopes: ['oidc', 'oauth2'],
};

function* own(upstream: Upstream): Generator<[string, string]> {
  const { preset, trust } = upstream;
  const type = upstream.type ?? (preset && PRESETS[preset]);
  if (!type) return yield ['type', 'is missing: give a type or a preset'];
  if (preset && type !== PRESETS[preset]) yield ['type', `must be ${PRESETS[preset]}, which ${preset} speaks`];

  const needed: readonly Field[] = preset ? ['client_id'] : NEEDED[type];
  for (const field of needed) if (upstream[field] === undefined) yield [field, `is missing: the type ${type} needs it`];
  for (const [field, types] of Object.entries(ONLY_FOR))
    if (upstream[field as Field] !== undefined && !types.includes(type)) yield [field, `is not for the type ${type}`];
  if (type === 'oidc' && upstream.scopes?.includes('openid') === false) yield ['scopes', 'must have openid'];

  if (upstream.exclusive && upstream.domains.length === 0)
    yield ['domains', 'must name the domains whose users sign in there only'];
  if (type !== 'saml') yield* credentials(upstream);

  if (trust.email_verified === 'always' && trust.domains.length === 0)
    yield ['trust.domains', 'must name the domains whose addresses always count as verified'];
  if (preset === 'microsoft' && trust.email_verified === 'always' && !/\/[0-9a-f-]{36}\//.test(upstream.issuer ?? ''))
    yield [
      'trust.email_verified',
      'must not be always: any tenant of Microsoft may claim any address; give the issuer of one',
    ];
  const trusts = trust.email_verified ?? (preset ? 'claim' : 'never');
  if (upstream.allowed_domains.length > 0 && trusts === 'never')
    yield ['allowed_domains', 'needs addresses that can be trusted: set trust.email_verified'];
}

function* credentials(upstream: Upstream): Generator<[string, string]> {
  const method = upstream.token_endpoint_auth_method ?? 'client_secret';
  const apple = upstream.preset === 'apple';
  if (apple && upstream.token_endpoint_auth_method)
    yield ['token_endpoint_auth_method', 'is not for apple, which has its own'];
  const needed = apple
    ? (['private_key', 'key_id', 'team_id'] as const)
    : method === 'private_key_jwt'
      ? (['private_key', 'key_id'] as const)
      : (['client_secret'] as const);
  for (const field of ['client_secret', 'private_key', 'key_id', 'team_id'] as const) {
    const isNeeded = (needed as readonly string[]).includes(field);
    if (isNeeded && upstream[field] === undefined) yield [field, `is missing: ${apple ? 'apple' : method} needs it`];
    if (!isNeeded && upstream[field] !== undefined) yield [field, `is not for ${apple ? 'apple' : method}`];
  }
}

function* beside(upstream: Upstream, before: readonly Upstream[]): Generator<[string, string]> {
  const twin = before.findIndex(({ id }) => id === upstream.id);
  if (twin >= 0) yield ['id', `is the same as that of /upstreams/${twin}`];
  for (const [i, domain] of upstream.domains.entries()) {
    const owner = before.findIndex(({ domains }) => domains.includes(domain));
    if (owner >= 0) yield [`domains.${i}`, `belongs to /upstreams/${owner} already`];
  }
}
