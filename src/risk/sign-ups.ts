import type { Tenant } from '../tenants/tenant.ts';
import { networkOf, subscriberOf } from './address.ts';
import type { Attacks, Occasion } from './attacks.ts';
import { attackOn, type Budget, type Spent, spend } from './budget.ts';

const HOUR = 3600;

/** Counts each sign-up before it is looked at; a refusal is part of a flood, and told once. Error `unavailable`. */
export function createSignUps({ attacks }: { attacks: Attacks }) {
  return async (tenant: Tenant, occasion: Occasion & { ip: string }): Promise<Spent> => {
    const spent = await spend(tenant, budgets(tenant, occasion.ip));
    if (!spent.allowed) await attacks.report(tenant, attackOn(tenant, 'attack.signup_flood', spent.exceeded), occasion);
    return spent;
  };
}

export type CountSignUp = ReturnType<typeof createSignUps>;

function budgets({ settings }: Tenant, ip: string): Budget[] {
  const { per_address, per_network, per_tenant } = settings.risk.sign_ups;
  return [
    { name: 'sign-ups by address', of: [subscriberOf(ip)], max: per_address, window: HOUR },
    { name: 'sign-ups by network', of: [networkOf(ip)], max: per_network, window: HOUR },
    { name: 'sign-ups', of: [], max: per_tenant, window: HOUR },
  ];
}
