import type { CodeRefusal, DevicePages } from '../oidc/features/device.ts';
import type { CoreContext } from './oidc-pages.ts';
import type { Pages, Visit } from './page.ts';
import { placeIn } from './place-in.ts';

const REFUSALS: Record<CodeRefusal, string> = {
  missing: 'errors.field_missing',
  unknown: 'errors.user_code_unknown',
  expired: 'errors.user_code_expired',
  used: 'errors.user_code_used',
};

/** Where a user connects a device that has no keyboard. */
export function createDevicePages(deps: { pages: Pages; visitOf: (ctx: CoreContext) => Visit }): DevicePages {
  const { pages, visitOf } = deps;

  return {
    askForUserCode(ctx, { xsrf, userCode, refusal }) {
      const errors = refusal ? [{ field: 'user_code', message: REFUSALS[refusal] }] : [];
      pages.send(ctx, visitOf(ctx), {
        view: 'device-code',
        status: refusal ? 422 : 200,
        data: { errors, xsrf, userCode: inGroups(userCode), isFilledIn: userCode !== '' && !refusal },
      });
    },

    askForDevice(ctx, { xsrf, userCode, client, device, origin, at }) {
      const visit = visitOf(ctx);
      const { browser = '', system = '' } = device;
      pages.send(ctx, visit, {
        view: 'device-confirm',
        data: {
          xsrf,
          userCode,
          client: client.name,
          logo: client.logoUri,
          device: { browser, system },
          place: placeIn(origin, pages.locale(ctx, visit)),
          address: origin.ip,
          at: at * 1000,
        },
        images: [client.logoUri],
      });
    },

    deviceConnected(ctx) {
      pages.send(ctx, visitOf(ctx), { view: 'device-connected', data: {} });
    },

    deviceRefused(ctx) {
      pages.send(ctx, visitOf(ctx), { view: 'device-refused', data: {} });
    },
  };
}

/** As devices show it; what cannot be one is left out. */
function inGroups(userCode: string): string {
  const letters = userCode
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
    .slice(0, 16);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}
