import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';

/** Latitude and longitude of the middle in degrees, and the area in thousands of square kilometres. */
type Country = [latitude: number, longitude: number, area: number];

const EARTH_RADIUS = 6371;

let countries: Record<string, Country> | undefined;

/**
 * How many kilometres lie between two countries at the least: from middle to middle, less the extent of both, so that
 * nobody who crosses a border is taken for a traveller. 0 where one of them is not known.
 */
export function kmBetween(from: string, to: string): number {
  countries ??= JSON.parse(readFileSync(join(packageRoot, 'config/geo/countries.json'), 'utf8')) as typeof countries;
  const [a, b] = [countries![from], countries![to]];
  if (!a || !b || from === to) return 0;
  return Math.max(0, Math.round(arc(a, b) - extent(a) - extent(b)));
}

/** The great circle (haversine formula). */
function arc([latitude, longitude]: Country, [otherLatitude, otherLongitude]: Country): number {
  const half = (degrees: number) => Math.sin((degrees * Math.PI) / 360) ** 2;
  const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
  const h = half(otherLatitude - latitude) + cos(latitude) * cos(otherLatitude) * half(otherLongitude - longitude);
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, h)));
}

/** Countries are not round: half as much again as the radius of a circle of the same area. */
const extent = ([, , area]: Country) => 1.5 * Math.sqrt((area * 1000) / Math.PI);
