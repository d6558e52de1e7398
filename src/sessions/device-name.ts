import bowser from 'bowser';

/** What people call browser and system: `Chrome`, `Windows`. Absent where the header does not tell. */
export type DeviceName = { browser?: string; system?: string };

/** Of a `User-Agent` header: a hint for people, as anybody can write it. */
export function deviceName(userAgent: string | undefined): DeviceName {
  if (!userAgent) return {};
  const { browser, os } = bowser.parse(userAgent);
  return { ...(browser.name && { browser: browser.name }), ...(os.name && { system: os.name }) };
}
