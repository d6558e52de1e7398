import { isDeepStrictEqual } from 'node:util';
import { type AuthorizationDetail, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { misfitOf } from '../../core/json-schema.ts';
import type { AuthorizationDetailsType } from '../../tenants/settings/authorization-details.ts';
import type { TenantSettings } from '../../tenants/settings.ts';

type Feature = NonNullable<Configuration['features']>['richAuthorizationRequests'];
type Detail = { type: string; [field: string]: unknown };
type Token = { resourceServer?: { identifier(): string } };
type Source = { rar?: Detail[] } | undefined;

/**
 * Rich authorization requests (RFC 9396), by the types that the tenant has. The core holds each request against the client's
 * `authorization_details_types`, of which it has none to begin with.
 */
export function richAuthorizationFeature({ authorization_details_types: types }: TenantSettings): Feature {
  return {
    enabled: types.length > 0,
    types: Object.fromEntries(types.map((type) => [type.type, { validate: validator(type) }])),
    // Every request that has some asks the user (`rar_prompt`), so what is here was allowed.
    authorizationDetailsForGrantSource: (ctx: KoaContextWithOIDC) => detailsOf(ctx),
    authorizationDetailsForAccessToken: (ctx: KoaContextWithOIDC, token: Token, source: Source, grant: string) =>
      forResource(types, grant === 'client_credentials' ? detailsOf(ctx) : narrowed(ctx, source?.rar), token),
    authorizationDetailsForIntrospection: (_ctx: KoaContextWithOIDC, token: { rar?: Detail[] }) => token.rar,
  } as unknown as Feature;
}

/** A detail has its type, the common fields of RFC 9396 2.2 as far as the schema knows them, and nothing unknown. */
const validator =
  ({ type, schema }: AuthorizationDetailsType) =>
  (_ctx: unknown, { type: _, ...detail }: Detail): void => {
    const misfit = misfitOf(schema, detail);
    if (misfit) throw new errors.InvalidAuthorizationDetails(`a detail of type ${type} does not fit: ${misfit}`);
  };

const detailsOf = ({ oidc }: KoaContextWithOIDC): Detail[] | undefined => {
  const text = oidc.params?.authorization_details;
  return typeof text === 'string' ? JSON.parse(text) : undefined;
};

/** RFC 9396 6: a token request may ask for a part of what was granted, never for more or else. */
function narrowed(ctx: KoaContextWithOIDC, granted: Detail[] = []): Detail[] {
  const asked = detailsOf(ctx);
  if (!asked) return granted;
  if (!asked.every((detail) => granted.some((one) => isDeepStrictEqual(one, detail))))
    throw new errors.InvalidAuthorizationDetails('only details that were granted, unchanged, may be asked for');
  return asked;
}

function forResource(
  types: readonly AuthorizationDetailsType[],
  details: Detail[] | undefined,
  { resourceServer }: Token,
): AuthorizationDetail[] | undefined {
  const indicator = resourceServer?.identifier();
  return details?.filter(({ type, locations }) => {
    const of = types.find((known) => known.type === type);
    const isPlaced = !Array.isArray(locations) || indicator === undefined || locations.includes(indicator);
    return of !== undefined && isPlaced && (of.resource === undefined || of.resource === indicator);
  }) as AuthorizationDetail[] | undefined;
}
