import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type DeviceName, deviceName } from '../../sessions/device-name.ts';
import type { Origin } from '../../sessions/record.ts';
import type { TenantSettings } from '../../tenants/settings.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { originAt } from '../origin.ts';
import { refuseNothingAsked } from '../policy.ts';

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;

/** Why a code that was typed does not do. */
export type CodeRefusal = 'missing' | 'unknown' | 'expired' | 'used';

/** `xsrf`: the core's token against forged forms. `userCode`: to be corrected, or out of the link. */
export type CodeForm = { xsrf: string; userCode: string; refusal?: CodeRefusal | undefined };

/** What is asked before a device is connected: did you start this? */
export type DeviceQuestion = {
  xsrf: string;
  /** As the device shows it. */
  userCode: string;
  client: { name: string; logoUri: string | undefined };
  device: DeviceName;
  origin: Origin;
  /** When it began, in seconds since the epoch. */
  at: number;
};

/** The pages on which a user connects a device (RFC 8628 3.3). */
export type DevicePages = {
  askForUserCode(ctx: KoaContextWithOIDC, form: CodeForm): void;
  askForDevice(ctx: KoaContextWithOIDC, question: DeviceQuestion): void;
  deviceConnected(ctx: KoaContextWithOIDC): void;
  deviceRefused(ctx: KoaContextWithOIDC): void;
};

const PATH = '/device';

/** By the name that the core gives its error, which is all it says. */
const REFUSALS = new Map<string, CodeRefusal>([
  ['NoCodeError', 'missing'],
  ['NotFoundError', 'unknown'],
  ['ExpiredError', 'expired'],
  ['AlreadyUsedError', 'used'],
]);

/** The codes of links, by the request that brought them. */
const linked = new WeakMap<object, string>();

export function deviceFeature(
  { protocol }: Pick<TenantSettings, 'protocol'>,
  pages: DevicePages & { renderError: NonNullable<Configuration['renderError']> },
): DeviceFlow {
  return {
    enabled: protocol.device_authorization.enabled,
    charset: 'base-20',
    mask: '****-****',

    deviceInfo(ctx) {
      // The first moment at which all is known of a request: who asks for nothing shall not ask a user first.
      refuseNothingAsked(ctx);
      return originAt(ctx.ip, ctx.get('user-agent'));
    },

    userCodeInputSource(ctx, _form, out, error) {
      const xsrf = secretOf(ctx);
      if (!error) return pages.askForUserCode(ctx, { xsrf, userCode: linked.get(ctx) ?? '' });
      const refusal = REFUSALS.get(error.name);
      if (error.name === 'AbortedError') {
        tellRefusal(ctx, 'access_denied');
        return pages.deviceRefused(ctx);
      }
      if (!refusal) {
        forgetSecret(ctx);
        return pages.renderError(ctx, out!, error);
      }
      tellRefusal(ctx, refusal);
      return pages.askForUserCode(ctx, { xsrf, userCode: 'userCode' in error ? String(error.userCode) : '', refusal });
    },

    userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      const origin = deviceInfo as Origin;
      return pages.askForDevice(ctx, {
        xsrf: secretOf(ctx),
        userCode,
        client: { name: client.clientName ?? client.clientId, logoUri: client.logoUri },
        device: deviceName(origin.userAgent),
        origin,
        at: ctx.oidc.entities.DeviceCode!.iat,
      });
    },

    successSource: (ctx) => pages.deviceConnected(ctx),
  };
}

/**
 * The core's answer to a link with the code in it is a form that sends itself. A link may come from anybody (RFC 8628 5.4):
 * it fills in the code, and the rest is for the user to do.
 */
export async function fillInUserCode(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  if (ctx.path === PATH && ctx.method !== 'POST') {
    const { user_code: userCode, ...query } = ctx.query;
    if (userCode !== undefined) {
      linked.set(ctx, typeof userCode === 'string' ? userCode.slice(0, 32) : '');
      ctx.query = query;
    }
  }
  await next();
}

/**
 * The core sends people to where the device has asked, which for one that came with a certificate is an address for programs
 * (RFC 8705 5).
 */
export const sendPeopleToIssuer =
  ({ issuer }: Pick<Tenant, 'issuer'>) =>
  async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (ctx.oidc?.route !== 'device_authorization' || ctx.status !== 200) return;
    const codes = ctx.body as { user_code: string };
    const page = issuer + PATH;
    const complete = `${page}?${new URLSearchParams({ user_code: codes.user_code })}`;
    ctx.body = { ...codes, verification_uri: page, verification_uri_complete: complete };
  };

/** The core keeps to itself what it shows the page for once more. */
const tellRefusal = (ctx: KoaContextWithOIDC, reason: CodeRefusal | 'access_denied') =>
  ctx.oidc.provider.emit(
    'code_verification.error',
    ctx,
    new errors.CustomOIDCProviderError(reason, 'no device was connected'),
  );

/** The core has made a secret for a form that is not shown, and would fail to keep it for a browser without a session. */
function forgetSecret({ oidc }: KoaContextWithOIDC): void {
  (oidc.session as { touched?: boolean }).touched = false;
}

const secretOf = ({ oidc }: KoaContextWithOIDC): string => String(oidc.session?.state?.secret ?? '');
