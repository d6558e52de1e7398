import { consentItems } from '../../http/consent-items.ts';
import { oneOf } from '../../http/fields.ts';
import { aboutClient } from '../about-client.ts';
import type { AccountLabel } from '../sign-in.ts';
import type { LoginStep } from '../visit.ts';

/** What the client may do with the account, in words. */
export function consentStep(deps: { accountLabel: AccountLabel }): LoginStep {
  return {
    pages: {
      async consent({ tenant, interaction }) {
        const { client, missing, accountId } = interaction;
        const about = aboutClient(client);
        return {
          view: 'consent',
          images: [about.logo],
          data: {
            account: accountId === undefined ? undefined : await deps.accountLabel(tenant, accountId),
            ...consentItems(missing, tenant),
            host: client.redirectHost,
            untrusted: client.untrusted,
            about,
          },
        };
      },
    },

    forms: {
      consent: {
        answers: ['consent'],
        async take({ ctx, interaction }, form) {
          const { interactions } = ctx.state;
          const { req, res } = ctx;
          if (oneOf(form, 'decision', ['accept', 'deny']) === 'accept')
            return interactions.grantConsent(req, res, interaction.uid);
          return interactions.abort(req, res, interaction.uid, 'access_denied', 'the user denied the consent');
        },
      },
    },
  };
}
