/** The rooms of `src/` and what each may import: the table of docs/architecture.md, as data. */

const FEATURES = [
  'core',
  'config',
  'store',
  'audit',
  'outbox',
  'mail',
  'tenants',
  'clients',
  'accounts',
  'factors',
  'risk',
  'privacy',
  'sessions',
  'logout',
  'journey',
];

const MAY_IMPORT: Record<string, string[]> = {
  core: [],
  config: ['core'],
  store: ['core', 'config'],
  audit: ['core', 'store'],
  tenants: ['core', 'store', 'audit'],
  outbox: ['core', 'store', 'audit', 'tenants'],
  mail: ['core', 'config', 'store', 'audit', 'tenants', 'outbox'],
  clients: ['core', 'store', 'audit', 'tenants'],
  accounts: ['core', 'store', 'audit', 'mail', 'tenants'],
  factors: ['core', 'store', 'audit', 'mail', 'tenants', 'accounts', 'risk'],
  risk: ['core', 'store', 'audit', 'tenants'],
  privacy: ['core', 'store', 'audit', 'tenants', 'accounts'],
  sessions: ['core', 'store', 'audit', 'tenants', 'accounts', 'factors'],
  logout: ['core', 'store', 'tenants', 'outbox', 'clients', 'sessions'],
  // Plans only: what it plans with is given to it as data.
  journey: ['core', 'tenants', 'accounts', 'factors', 'risk', 'sessions'],
  oidc: FEATURES,
  // What every request carries: its tenant, and the protocol core's facade; what health asks: the store.
  http: ['core', 'config', 'store', 'tenants', 'oidc'],
  // The surfaces do not see each other.
  login: [...FEATURES, 'oidc', 'http'],
  portal: [...FEATURES, 'oidc', 'http'],
  registrar: [...FEATURES, 'oidc', 'http'],
  saml: [...FEATURES, 'oidc', 'http'],
  signals: [...FEATURES, 'oidc', 'http'],
  'grant-management': [...FEATURES, 'oidc', 'http'],
  admin: [...FEATURES, 'oidc', 'http'],
  // A client of the installation: it must not know what is inside.
  demo: ['core'],
};

/** What one room alone may import, and who. */
const SOLE_IMPORTER: Record<string, string> = {
  mongoose: 'store/mongo',
  mongodb: 'store/mongo',
  ioredis: 'store/redis',
  'node:sqlite': 'store/sqlite',
  'oidc-provider': 'oidc',
};

/** What breaks the rules in one file; `path` is relative to `src/`, with forward slashes. */
export function violations(path: string, source: string): string[] {
  const room = path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
  const found: string[] = [];
  if (room && room !== 'cli' && !MAY_IMPORT[room]) found.push(`${path}: the room ${room}/ is not in the table`);
  for (const specifier of importsOf(source)) {
    const problem = specifier.startsWith('.') ? own(path, room, specifier) : foreign(path, specifier);
    if (problem) found.push(`${path}: ${problem}`);
  }
  if (
    room !== 'config' &&
    /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[\s*['"`]env|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(source)
  ) {
    found.push(`${path}: only config/ reads the environment`);
  }
  return found;
}

/** Static and dynamic imports, and re-exports, as written. */
export function importsOf(source: string): string[] {
  const statements =
    /^\s*(?:import|export)\b(?:[^;'"`]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"`]([^'"`]+)['"`]/gm;
  return [...source.matchAll(statements)].map((match) => match[1] ?? match[2]!);
}

function own(path: string, room: string | undefined, specifier: string): string | undefined {
  const target = new URL(specifier, `file:///src/${path}`).pathname;
  if (!target.startsWith('/src/')) return `imports ${specifier}, outside src/`;
  const to = target.slice('/src/'.length);
  if (!to.endsWith('.ts')) return `imports ${specifier}, which does not end in .ts`;
  // The app and the command line wire everything together.
  if (!room || room === 'cli') return undefined;
  const other = to.includes('/') ? to.slice(0, to.indexOf('/')) : 'app';
  if (other === room || MAY_IMPORT[room]?.includes(other)) return undefined;
  return `${room}/ must not import ${other}/ (${specifier})`;
}

function foreign(path: string, specifier: string): string | undefined {
  for (const [name, home] of Object.entries(SOLE_IMPORTER)) {
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    if (!path.startsWith(`${home}/`)) return `only ${home}/ imports ${name}`;
    if (name === 'oidc-provider' && specifier !== name) return `a deep import of ${name} (${specifier})`;
  }
  return undefined;
}
