import { importPKCS8, SignJWT } from 'jose';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Connection } from './connection.ts';

/** What a request to the token endpoint carries to say who asks. */
export type ClientAuth = { headers?: Record<string, string>; params?: Record<string, string> };

/** Seconds. */
const LIFETIME = 120;
const APPLE = 'https://appleid.apple.com';

/** `audience`: of an assertion. `now`: seconds. */
export async function clientAuth(
  tenant: Tenant,
  { clientId, authMethod, upstream }: Connection,
  audience: string,
  now: number,
): Promise<ClientAuth> {
  const secret = () => tenant.openSecret(upstream.client_secret!);
  const signed = (issuer: string, aud: string) =>
    signedBy(tenant.openSecret(upstream.private_key!), upstream.key_id!, { iss: issuer, sub: clientId, aud }, now);
  switch (authMethod) {
    case 'client_secret_basic': {
      const credentials = [clientId, secret()].map(formEncoded).join(':');
      return { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
    }
    case 'client_secret_post':
      return { params: { client_id: clientId, client_secret: secret() } };
    case 'apple':
      return {
        params: { client_id: clientId, client_secret: await signed(upstream.team_id!, APPLE) },
      };
    case 'private_key_jwt':
      return {
        params: {
          client_id: clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await signed(clientId, audience),
        },
      };
  }
}

/** RFC 7523 3; Apple's secret is one, too, with the team as its issuer. */
async function signedBy(pem: string, kid: string, claims: { iss: string; sub: string; aud: string }, now: number) {
  const key = await importPKCS8(pem, 'ES256');
  return new SignJWT({ ...claims, jti: randomSecret(128) })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME)
    .sign(key);
}

/** RFC 6749 2.3.1, appendix B. */
const formEncoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
