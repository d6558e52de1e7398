import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Seconds: since the last use, and since the proofs. */
export type Lifetime = { idle: number; absolute: number };
export type Lifetimes = Record<1 | 2 | 3, Lifetime>;

/** How long a sign-in counts as of each level: the shortest that tenant, roles, organizations and client say. */
export function lifetimesFor(
  { session, assurance }: Pick<Tenant['settings'], 'session' | 'assurance'>,
  parts: readonly PolicyPart[],
): Lifetimes {
  const { aal1, aal2, aal3 } = assurance;
  const shortest = (name: 'aal1' | 'aal2' | 'aal3', own: Lifetime): Lifetime => ({
    idle: Math.min(own.idle, ...parts.map(({ lifetimes }) => lifetimes?.[name]?.idle ?? Infinity)),
    absolute: Math.min(own.absolute, ...parts.map(({ lifetimes }) => lifetimes?.[name]?.absolute ?? Infinity)),
  });
  return {
    1: shortest('aal1', { idle: session.ttl, absolute: aal1.absolute }),
    2: shortest('aal2', aal2),
    3: shortest('aal3', aal3),
  };
}
