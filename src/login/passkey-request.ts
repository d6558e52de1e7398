import type { Passkeys } from '../factors/passkey/passkeys.ts';
import { isSecond, type Visit } from './visit.ts';

/**
 * As the first proof any account's passkey will do: nobody has to say who he is. As the second it is to be one of the
 * account that is known, and to verify its user.
 */
export function passkeyCeremony(visit: Visit): { binding: string; accountId?: string } {
  const { interaction, account } = visit;
  return { binding: interaction.uid, ...(isSecond(visit) && account && { accountId: account.id }) };
}

/** What the browser is asked for. Another challenge each time: those before go on to count. */
export const passkeyRequest = (passkeys: Pick<Passkeys, 'authenticationOptions'>, visit: Visit) =>
  passkeys.authenticationOptions(visit.tenant, {
    ...passkeyCeremony(visit),
    ...(isSecond(visit) && { userVerification: 'required' }),
  });
