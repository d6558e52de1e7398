import { deviceName } from '../sessions/device-name.ts';
import type { Origin } from '../sessions/record.ts';

/** Browser and system as people know them, empty where nothing is known. */
export function deviceAt({ userAgent }: Origin): { browser: string; system: string } {
  const { browser = '', system = '' } = deviceName(userAgent);
  return { browser, system };
}
