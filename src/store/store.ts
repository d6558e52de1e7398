import type { Artifacts, DurableArtifacts } from './artifacts.ts';
import type { Records, RecordType } from './records.ts';

/** What one tenant's code can reach. There is no way from here to another tenant's data. */
export interface TenantStore {
  readonly tenantId: string;
  readonly artifacts: DurableArtifacts;
  records<T>(type: RecordType<T>): Records<T>;
}

export interface Store {
  /** Cheap: no I/O. */
  forTenant(tenantId: string): TenantStore;

  /** The installation's own records (scope `platform`): tenants, and what belongs to no tenant. */
  platform<T>(type: RecordType<T>): Records<T>;

  /** Removes all that a tenant has, in both families. */
  deleteTenant(tenantId: string): Promise<void>;

  /** By the name of each part `ok`, or what is wrong with it; never throws. */
  health(): Promise<Record<string, string>>;

  /** Removes what has expired, where the engine does not do it by itself. Returns how many. */
  purge(): Promise<number>;

  /** Waits for writes under way, then lets go. */
  close(): Promise<void>;
}

/** An engine that keeps artifacts only. */
export type ArtifactStore = Pick<Store, 'deleteTenant' | 'health' | 'close'> & {
  forTenant(tenantId: string): { readonly tenantId: string; readonly artifacts: Artifacts };
};
