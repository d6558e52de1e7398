import { mac } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Credential } from './record.ts';

/**
 * The user handle of an account (WebAuthn L3 14.6.1): 256 bits that say nothing of it. Derived, so that two first
 * passkeys made at once have the same, and another tenant of the same RP ID never has it: authenticators replace by it.
 * That of the passkeys that are there already goes first.
 */
export const userHandleOf = (tenant: Tenant, accountId: string, known: Credential[]): string =>
  known[0]?.userHandle ?? mac(tenant.secretFor('passkey user handle'), accountId);
