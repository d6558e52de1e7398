import type { Passkeys } from '../factors/passkey/passkeys.ts';
import type { FieldError } from '../http/fields.ts';
import type { Form } from '../http/form.ts';
import { guesserOf } from './guesser.ts';
import type { AccountLabel } from './sign-in.ts';
import type { Visit } from './visit.ts';

type Options = Parameters<Passkeys['registrationOptions']>[2];

/** A passkey for the account of a sign-in, made by its browser. */
export function createNewPasskey(deps: {
  accountLabel: AccountLabel;
  passkeys: Pick<Passkeys, 'registrationOptions' | 'register'>;
}) {
  return {
    /** What the browser is asked for. */
    async request({ tenant, interaction, account }: Visit, asked: Omit<Options, 'binding'>) {
      const person = await deps.accountLabel(tenant, account!.id);
      const displayName = person?.name ?? '';
      const user = { id: account!.id, name: person?.email ?? displayName, displayName };
      return deps.passkeys.registrationOptions(tenant, user, { binding: interaction.uid, ...asked });
    },

    /** Keeps what the browser made, or says why not. */
    async make({ ctx, tenant, interaction, account }: Visit, form: Form, name: string) {
      const ceremony = { binding: interaction.uid, name };
      const response = form.get('credential') ?? '';
      const made = await deps.passkeys.register(tenant, account!.id, response, ceremony, guesserOf(ctx));
      if (made.ok) return made;
      const message = made.reason === 'known' ? 'passkey.known' : 'errors.passkey_not_made';
      return { ok: false as const, errors: [{ field: '', message }] satisfies FieldError[] };
    },
  };
}

export type NewPasskey = ReturnType<typeof createNewPasskey>;
