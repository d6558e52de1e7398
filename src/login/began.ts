import type { Context } from '../factors/code/challenge.ts';
import { placeOf } from '../risk/geo/place.ts';
import { deviceName } from '../sessions/device-name.ts';
import type { Visit } from './visit.ts';

/** Who began a sign-in, in words by which its user can tell whether that was they. `locale`: of the name of the country. */
export function beganBy({ ctx, interaction }: Visit, locale: string): Context {
  const { browser, system } = deviceName(ctx.get('User-Agent').slice(0, 512));
  const device = [browser, system].filter(Boolean).join(', ');
  const { country } = placeOf(ctx.state.ip);
  const place = country && new Intl.DisplayNames(locale, { type: 'region' }).of(country);
  return { client: interaction.client.name, ...(device && { device }), ...(place && { place }) };
}
