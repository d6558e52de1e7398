import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { type AccountServices, createAccountServices } from './accounts/compose.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { type Clients, createClients } from './clients/clients.ts';
import { createInitialTokens, type InitialTokens } from './clients/registration/initial-tokens.ts';
import { createRegistrations, type Registrations } from './clients/registration/registrations.ts';
import { createStatements, STATEMENT_KEYS_TIMEOUT } from './clients/registration/software-statement.ts';
import type { Config } from './config/load.ts';
import { masterKeyOf } from './config/master-key.ts';
import { systemClock } from './core/clock.ts';
import { networks } from './core/networks.ts';
import { type Codes, createCodes } from './factors/code/codes.ts';
import { smsPolicyOf } from './factors/code/limits.ts';
import { createLinkTokens, type LinkTokens } from './factors/link-token/link-tokens.ts';
import { createNotify } from './factors/notices.ts';
import { createPasskeys, type Passkeys } from './factors/passkey/passkeys.ts';
import { BREACH_TIMEOUT, createBreaches } from './factors/password/breaches.ts';
import { createMigrateUser, type MigrateUser } from './factors/password/migration.ts';
import { OLD_SYSTEM_TIMEOUT } from './factors/password/old-system.ts';
import { createPasswords, type Passwords } from './factors/password/passwords.ts';
import { createQueue } from './factors/password/queue.ts';
import { createPhones, type Phones } from './factors/phone/phones.ts';
import { createRecoveryCodes, type RecoveryCodes } from './factors/recovery-codes/recovery-codes.ts';
import { createRemoveFactors } from './factors/remove-factors.ts';
import { createTotp, type Totp } from './factors/totp/totp.ts';
import { createUpstreams, UPSTREAM_TIMEOUT, type Upstreams } from './factors/upstream/upstreams.ts';
import { createEndSessions } from './logout/end-sessions.ts';
import { createLogoutFrames, type LogoutFrames } from './logout/frames.ts';
import { createLeaveClient } from './logout/leave-client.ts';
import { createLogoutNotices, type LogoutNotices } from './logout/notices.ts';
import { createMail, type MailServices } from './mail/mail.ts';
import { ACCOUNT_CLIENT } from './oidc/account-client.ts';
import type { ClientValidator } from './oidc/validate-client.ts';
import { createDeliveries, type Deliveries } from './outbox/requests.ts';
import { createGrants, type Grants } from './privacy/grants.ts';
import { createTerms, type Terms } from './privacy/terms.ts';
import { ALERT_TIMEOUT } from './risk/alert-webhook.ts';
import { createAlerts } from './risk/alerts.ts';
import { type Attacks, createAttacks } from './risk/attacks.ts';
import { CAPTCHA_TIMEOUT } from './risk/captcha.ts';
import { type Challenges, createChallenges } from './risk/challenges.ts';
import { isDisposable } from './risk/disposable-mail.ts';
import { forgetHistory } from './risk/history.ts';
import { forgiveAccount } from './risk/throttle.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createTrustedDevices, type TrustedDevices } from './sessions/trusted-devices.ts';
import { createSignals, type Signals } from './signals/signals.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { checkMasterKey } from './tenants/master-key-check.ts';
import { createResolver, type Resolver } from './tenants/resolver.ts';
import type { Tenant } from './tenants/tenant.ts';
import { createTenants, type Tenants } from './tenants/tenants.ts';

/** What the server and the command line have in common: the store, and all that is done with it. */
export type Services = MailServices &
  AccountServices & {
    config: Config;
    store: Store;
    audit: Audit;
    resolver: Resolver;
    tenants: Tenants;
    clients: Clients;
    initialTokens: InitialTokens;
    registrations: Registrations;
    accounts: Accounts;
    terms: Terms;
    passwords: Passwords;
    migrateUser: MigrateUser;
    passkeys: Passkeys;
    totp: Totp;
    recoveryCodes: RecoveryCodes;
    codes: Codes;
    phones: Phones;
    linkTokens: LinkTokens;
    upstreams: Upstreams;
    sessions: Sessions;
    trustedDevices: TrustedDevices;
    attacks: Attacks;
    challenges: Challenges;
    /** Requests to others, such as logout tokens. */
    deliveries: Deliveries;
    logoutNotices: LogoutNotices;
    logoutFrames: LogoutFrames;
    /** What users have allowed to clients. */
    grants: Grants;
    signals: Signals;
    masterKey: Buffer;
    close(): Promise<void>;
  };

export type Hooks = {
  /** Whose changes these are in the audit trail, where nothing else says it. */
  actor?: string;
  warn?: (message: string) => void;
  /** Hears what went wrong in the background. */
  fault?: (error: unknown) => void;
  onEvent?: Parameters<typeof createAudit>[0]['onEvent'];
};

/** Opens the store and wires everything to it. Errors: `bad_config`, `unavailable`. */
export async function openServices(config: Config, hooks: Hooks = {}): Promise<Services> {
  const clock = systemClock;
  const { production } = config;
  const masterKey = masterKeyOf(config);
  const store = await openStore(config, hooks.warn);
  try {
    await checkMasterKey(store, masterKey);
  } catch (error) {
    await store.close();
    throw error;
  }

  const audit = createAudit({
    store,
    clock,
    actor: hooks.actor,
    onEvent: hooks.onEvent,
    follow: (tenantId, event) => signals.follow(tenantId, event),
  });
  const resolver = createResolver({ store, masterKey, baseUrl: config.url, clock });
  const tenants = createTenants({ store, masterKey, baseUrl: config.url, production, clock, audit, resolver });
  // The protocol core takes a third of the CPU of a start: only commands that check a client pay for it.
  let validator: Promise<ClientValidator> | undefined;
  const clientValidator = () => {
    validator ??= Promise.all([import('./oidc/validate-client.ts'), import('./core/guarded-fetch.ts')]).then(
      ([{ createClientValidator }, { createGuardedFetch }]) =>
        createClientValidator(createGuardedFetch(networks(config.outboundAllow)), config.mutualTls !== undefined),
    );
    return validator;
  };
  const clients = createClients({
    clock,
    audit,
    production,
    forget: (tenant, clientId) => grants.forgetClient(tenant, clientId),
    validate: async (tenant, metadata) => (await clientValidator()).validate(tenant.settings, metadata),
  });
  const initialTokens = createInitialTokens({ clock, audit });
  const registrations = createRegistrations({
    clock,
    clients,
    initialTokens,
    verifyStatement: createStatements({ clock, fetch: guardedFetch(config, STATEMENT_KEYS_TIMEOUT) }),
    inForce: async (tenant, metadata) => (await clientValidator()).inForce(tenant.settings, metadata),
  });
  const breaches = createBreaches({ clock, audit, fetch: guardedFetch(config, BREACH_TIMEOUT) });
  const passwords = createPasswords({ cost: config.bcryptCost, queue: createQueue(), breaches });
  const fault = hooks.fault ?? ((error) => hooks.warn?.((error as Error).message));
  const deliveries = createDeliveries({ store, clock, audit, tenantOf: resolver.byId, fault });
  const signals = createSignals({ clock, audit, clients, deliveries, tenantOf: resolver.byId });
  const sessions = createSessions({ clock });
  const logoutNotices = createLogoutNotices({ clients, deliveries });
  const logoutFrames = createLogoutFrames({ clients });
  const grants = createGrants({
    audit,
    leave: createLeaveClient({ sessions, notices: logoutNotices, tellReceivers: signals.sessionLeft }),
    hidden: new Set([ACCOUNT_CLIENT]),
  });
  const endSessions = createEndSessions({ sessions, notices: logoutNotices, tellReceivers: signals.sessionsEnd });
  const accounts = createAccounts({
    clock,
    audit,
    passwords,
    forget: (tenant, id) => forget(tenant, id),
    endSessions,
  });
  const messages = createMail({ config, store, clock, audit, masterKey, tenantOf: resolver.byId, fault });
  const notify = createNotify({ clock, accounts, mail: messages.mail });
  const alert = createAlerts({ audit, mail: messages.mail, fetch: guardedFetch(config, ALERT_TIMEOUT), fault });
  const attacks = createAttacks({ clock, audit, alert });
  const { mail, sms } = messages;
  const codes = createCodes({ clock, audit, attacks, mail, sms, smsPolicy: smsPolicyOf });
  const passkeys = createPasskeys({ clock, audit, notify });
  const totp = createTotp({ clock, audit, attacks, notify });
  const recoveryCodes = createRecoveryCodes({ clock, audit, attacks, notify });
  const phones = createPhones({ clock, audit, notify, codes });
  const linkTokens = createLinkTokens({ clock });
  const upstreams = createUpstreams({
    clock,
    audit,
    accounts,
    notify,
    fetch: guardedFetch(config, UPSTREAM_TIMEOUT),
    removeFactors: (tenant, accountId) => removeFactors(tenant, accountId, 'all'),
    saml: config.saml,
  });
  const removeFactors = createRemoveFactors({ passkeys, totp, phones, recoveryCodes, upstreams });
  const trustedDevices = createTrustedDevices({ clock, audit });
  const forget = async (tenant: Tenant, accountId: string): Promise<void> => {
    // While it is known what there was to end.
    await endSessions(tenant, accountId);
    await removeFactors(tenant, accountId, 'all');
    await Promise.all([
      sessions.removeAll(tenant, accountId),
      trustedDevices.forgetAll(tenant, accountId),
      linkTokens.endOf(tenant, accountId),
      grants.forgetAccount(tenant, accountId),
      forgetHistory(tenant, accountId),
    ]);
  };
  const terms = createTerms({ clock, audit });

  return {
    config,
    store,
    audit,
    resolver,
    tenants,
    clients,
    initialTokens,
    registrations,
    accounts,
    passwords,
    migrateUser: createMigrateUser({
      clock,
      audit,
      accounts,
      passwords,
      fetch: guardedFetch(config, OLD_SYSTEM_TIMEOUT),
    }),
    ...createAccountServices({
      clock,
      audit,
      accounts,
      mail,
      codes,
      links: linkTokens,
      isDisposable,
      requiredTerms: terms.required,
      acceptTerms: terms.accept,
      removeFactors,
      forgiveGuesses: (tenant, account, { ip, device }) => forgiveAccount({ tenant, account, ip, device }),
      forgetHistory,
    }),
    terms,
    passkeys,
    totp,
    recoveryCodes,
    codes,
    phones,
    linkTokens,
    upstreams,
    sessions,
    trustedDevices,
    attacks,
    challenges: createChallenges({ clock, fetch: guardedFetch(config, CAPTCHA_TIMEOUT) }),
    ...messages,
    deliveries,
    logoutNotices,
    logoutFrames,
    grants,
    signals,
    masterKey,
    async close() {
      await Promise.all([messages.courier.stop(), deliveries.courier.stop(), passwords.close()]);
      await store.close();
    },
  };
}

/** Made when it is first used: most commands and many tenants ask nobody. `timeout` in milliseconds. */
function guardedFetch(config: Config, timeout: number): typeof fetch {
  let made: Promise<typeof fetch> | undefined;
  return async (...request) => {
    made ??= import('./core/guarded-fetch.ts').then(({ createGuardedFetch }) =>
      createGuardedFetch(networks(config.outboundAllow), undefined, timeout),
    );
    return (await made)(...request);
  };
}
