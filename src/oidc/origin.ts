import { withoutControls } from '../core/text.ts';
import { placeOf } from '../risk/geo/place.ts';
import type { Origin } from '../sessions/record.ts';

/** From where and by what a request comes, as people can recognise it. */
export function originAt(ip: string, userAgentHeader: string): Origin {
  const { country } = placeOf(ip);
  const userAgent = withoutControls(userAgentHeader).slice(0, 512);
  return { ip, ...(country && { country }), ...(userAgent && { userAgent }) };
}
