import type { Audit } from '../audit/audit.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type PostDeps, postAlert } from './alert-webhook.ts';
import type { Alert, Attack } from './attacks.ts';

/** Seconds in which one kind of attack is told once to a tenant. */
const QUIET = 15 * 60;

/** What is needed of the mail outbox. `since`: milliseconds since the epoch. */
export type AlertMail = {
  send(
    tenant: Tenant,
    mail: { template: 'attack_alert'; to: string; data: { what: string; count: number; since: number } },
  ): Promise<unknown>;
};

/**
 * Tells of an attack to whom `settings.risk.alerts` names: by mail and by webhook. Nobody waits for it. What could not be
 * told is the audit event `alert.failed`; an error beyond that goes to `fault`.
 */
export function createAlerts(
  deps: Partial<Pick<PostDeps, 'wait'>> & {
    mail: AlertMail;
    fetch: typeof globalThis.fetch;
    audit: Pick<Audit, 'record'>;
    fault: (error: Error) => void;
  },
): Alert {
  const wait = deps.wait ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)));
  return (tenant, attack, at) => void alert(tenant, attack, at).catch(deps.fault);

  async function alert(tenant: Tenant, { type, by, count, within }: Attack, at: number): Promise<void> {
    const { email, webhook } = tenant.settings.risk.alerts;
    if (email.length === 0 && !webhook) return;
    if (!(await tenant.store.artifacts.once(`alert ${type}`, QUIET))) return;

    const since = at - within * 1000;
    const mails = email.map((to) =>
      told('mail', deps.mail.send(tenant, { template: 'attack_alert', to, data: { what: type, count, since } })),
    );
    await Promise.all([...mails, webhook && told('webhook', hook(webhook))]);

    async function hook({ url, secret }: { url: string; secret: string }): Promise<void> {
      const data = { tenant: tenant.id, by, count, since: new Date(since).toISOString() };
      await postAlert({ fetch: deps.fetch, wait }, { url, secret: tenant.openSecret(secret) }, { type, data }, at);
    }

    async function told(channel: string, telling: Promise<unknown>): Promise<void> {
      try {
        await telling;
      } catch (error) {
        const details = { channel, about: type, reason: (error as Error).message };
        await deps.audit.record(tenant.id, { type: 'alert.failed', outcome: 'failure', details });
      }
    }
  }
}
