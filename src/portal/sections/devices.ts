import { notFound } from '../../core/errors.ts';
import { placeIn } from '../../http/place-in.ts';
import type { TrustedDevices } from '../../sessions/trusted-devices.ts';
import { deviceAt } from '../device-at.ts';
import type { Section } from '../visit.ts';

const PATH = '/account/devices';

/** The browsers that stand for the second factor. */
export function devicesSection({
  trustedDevices,
}: {
  trustedDevices: Pick<TrustedDevices, 'list' | 'forget'>;
}): Section {
  return {
    path: PATH,
    isSensitive: true,
    pages: {
      async ''({ tenant, user, session, from }) {
        const trusted = await trustedDevices.list(tenant, user.id);
        // Those of before a new password are worth nothing.
        const counting = trusted.filter(({ createdAt }) => createdAt > (user.passwordChangedAt ?? 0));
        const devices = counting.map(({ id, origin, createdAt, expiresAt }) => ({
          id,
          isCurrent: id === session.signIn.trustedDevice,
          device: deviceAt(origin),
          place: placeIn(origin, from.locale),
          createdAt,
          expiresAt,
        }));
        return {
          view: 'portal/devices',
          data: { title: 'portal.devices.title', lead: 'portal.devices.lead', devices },
        };
      },
    },
    forms: {
      async '/forget'({ tenant, user }, form) {
        if (!(await trustedDevices.forget(tenant, user.id, form.get('device') ?? ''))) throw notFound('this device');
        return { done: { message: 'portal.devices.forgotten' }, at: PATH };
      },
    },
  };
}
