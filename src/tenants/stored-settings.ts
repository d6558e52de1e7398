import { badConfig, isError } from '../core/errors.ts';
import { checked } from '../core/validate.ts';
import { type TenantSettings, type TenantSettingsInput, tenantSettings } from './settings.ts';

/**
 * The settings of a tenant's record, with every default. Error `bad_config` where another version wrote what this one
 * does not take: a setting that is not understood must not be taken for its default.
 */
export function storedSettings({ id, settings }: { id: string; settings: TenantSettingsInput }): TenantSettings {
  try {
    return checked(tenantSettings, settings, '/settings');
  } catch (error) {
    if (!isError(error, 'invalid_input')) throw error;
    const mend = `gatehouse tenant change ${id} --settings FILE replaces them`;
    throw badConfig(`the stored settings of the tenant "${id}" are not valid: ${error.message}; ${mend}`, [], error);
  }
}
