import { open, seal } from '../core/sealing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Visit } from './visit.ts';

/** A sign-up that waits for its proof, as the journey that began it has it. */
export type BegunSignUp = {
  /** The sealed ticket. */
  ticket: string;
  /** When another message may be asked for: seconds since the epoch. */
  again: number;
};

const keyOf = (tenant: Tenant) => tenant.secretFor('tickets of sign-ups');

export const sealedTicket = (tenant: Tenant, uid: string, ticket: string): string => seal(keyOf(tenant), ticket, uid);

/** The ticket of this browser's sign-up; undefined where none was begun. */
export function ticketOf({ tenant, interaction, journey }: Pick<Visit, 'tenant' | 'interaction' | 'journey'>) {
  const { signUp } = journey;
  return signUp && open(keyOf(tenant), signUp.ticket, interaction.uid).toString();
}
