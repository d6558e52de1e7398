import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Clock } from '../core/clock.ts';
import { interactionGone } from '../core/errors.ts';
import { type Consented, rememberConsent } from '../privacy/consents.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clientPolicyOf } from './account-client.ts';
import { isNewGrantAsked } from './grant-management/actions.ts';
import { addToGrant } from './grants.ts';
import type { Interaction, Interactions } from './interaction.ts';
import { requestFacts } from './request-facts.ts';

type CoreInteraction = InstanceType<Provider['Interaction']>;

/** The facade over one tenant's protocol core. */
export function createInteractions(tenant: Tenant, provider: Provider, clock: Clock): Interactions {
  async function details(req: IncomingMessage, res: ServerResponse, uid: string): Promise<CoreInteraction> {
    try {
      const found = await provider.interactionDetails(req, res);
      // The core goes by the cookie alone; a path from elsewhere must not act on this browser's interaction.
      if (found.uid === uid) return found;
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      throw interactionGone(error);
    }
    throw interactionGone();
  }

  const finish = (
    req: IncomingMessage,
    res: ServerResponse,
    result: Parameters<Provider['interactionResult']>[2],
    mergeWithLastSubmission = true,
  ): Promise<string> => provider.interactionResult(req, res, result, { mergeWithLastSubmission });

  return {
    async load(req, res, uid) {
      return describe(await details(req, res, uid), provider);
    },

    async finishSignIn(req, res, uid, { signIn, ground, acr, amr, authTime }) {
      await details(req, res, uid);
      const { accountId, remember } = signIn;
      const login = { accountId, ...(acr && { acr }), amr, remember, ts: authTime, signIn, ground };
      // Signing in is choosing the account, and making one where that was asked for.
      return finish(req, res, { login, select_account: {}, create: {} });
    },

    async keepAccount(req, res, uid) {
      await details(req, res, uid);
      return finish(req, res, { select_account: {} });
    },

    async grantConsent(req, res, uid) {
      const interaction = await details(req, res, uid);
      const accountId = interaction.session?.accountId;
      if (!accountId) throw interactionGone();
      const clientId = String(interaction.params.client_id);
      const isAdded = interaction.grantId && !isNewGrantAsked(interaction.params);
      const found = isAdded ? await provider.Grant.find(interaction.grantId!) : undefined;
      const grant = found?.accountId === accountId ? found : new provider.Grant({ accountId, clientId });
      const given = missingOf(interaction);
      addToGrant(grant, given);
      const grantId = await grant.save();
      await rememberConsent(tenant, accountId, clientId, given, clock());
      return finish(req, res, { consent: { grantId } });
    },

    async abort(req, res, uid, error, description) {
      await details(req, res, uid);
      return finish(req, res, { error, error_description: description }, false);
    },
  };
}

async function describe(interaction: CoreInteraction, provider: Provider): Promise<Interaction> {
  const params = interaction.params as Interaction['params'];
  const client = await provider.Client.find(params.client_id);
  if (!client) throw interactionGone();
  const { saml_acs_uri } = client as { saml_acs_uri?: string };
  const redirect = URL.parse(saml_acs_uri ?? params.redirect_uri ?? '');
  return {
    uid: interaction.uid,
    prompt: interaction.prompt.name as Interaction['prompt'],
    reasons: interaction.prompt.reasons,
    request: requestFacts(interaction.params, interaction.prompt.reasons),
    clientPolicy: await clientPolicyOf(provider, client, interaction.params),
    params,
    client: {
      id: client.clientId,
      name: client.clientName ?? client.clientId,
      logoUri: client.logoUri,
      clientUri: client.clientUri,
      policyUri: client.policyUri,
      tosUri: client.tosUri,
      untrusted: client.untrusted === true,
      redirectHost: redirect?.host || (redirect?.protocol ?? ''),
    },
    accountId: interaction.session?.accountId,
    sessionUid: interaction.session?.uid,
    missing: { ...missingOf(interaction), details: detailsOf(interaction) },
    formAction: params.redirect_uri === undefined ? [] : [params.redirect_uri],
    expiresAt: interaction.exp,
  };
}

const detailsOf = ({ prompt }: CoreInteraction) =>
  (prompt.details as { rar?: Interaction['missing']['details'] }).rar ?? [];

function missingOf({ prompt }: CoreInteraction): Consented {
  const details = prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  return {
    scopes: details.missingOIDCScope ?? [],
    claims: details.missingOIDCClaims ?? [],
    resources: details.missingResourceScopes ?? {},
  };
}
