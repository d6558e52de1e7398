import { calculateJwkThumbprint, EmbeddedJWK, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Clock } from '../core/clock.ts';
import { sha256 } from '../core/hashing.ts';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { asymmetricAlgs } from './features/algorithms.ts';

/** Seconds that a proof is good for, and that a clock may differ. */
const MAX_AGE = 60;
const LEEWAY = 15;

/** The request that a proof is for; `url` without query. */
export type ProvenRequest = { method: string; url: string; token: string };

/**
 * The thumbprint of the key that a DPoP proof proves (RFC 9449 4.3), for one request once; undefined for a proof that is not
 * in order. A `nonce` is not looked at: the authorization server's own may be in it, as clients keep one for each origin.
 */
export async function provenKey(
  tenant: Tenant,
  clock: Clock,
  proof: string,
  { method, url, token }: ProvenRequest,
): Promise<string | undefined> {
  const { payload, protectedHeader } = (await read(tenant, clock, proof)) ?? {};
  if (!payload || !protectedHeader?.jwk) return undefined;
  const { jti, htm, htu, ath } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > 200 || htm !== method) return undefined;
  if (typeof htu !== 'string' || addressOf(htu) !== url) return undefined;
  if (ath !== sha256(token)) return undefined;
  const key = await calculateJwkThumbprint(protectedHeader.jwk);
  const isFirst = await tenant.store.artifacts.once(`dpop ${key} ${jti}`, MAX_AGE + 2 * LEEWAY);
  return isFirst ? key : undefined;
}

async function read(tenant: Tenant, clock: Clock, proof: string): Promise<JWTVerifyResult | undefined> {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...asymmetricAlgs(protocolOf(tenant.settings))],
      maxTokenAge: MAX_AGE,
      clockTolerance: LEEWAY,
      currentDate: new Date(clock()),
    });
  } catch {
    return undefined;
  }
}

function addressOf(htu: string): string | undefined {
  const url = URL.parse(htu);
  return url ? url.origin + url.pathname : undefined;
}
