import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  PublicKeyCredentialCreationOptionsJSON as CreationOptions,
  PublicKeyCredentialRequestOptionsJSON as RequestOptions,
} from '@simplewebauthn/server';
import { type Cbor, encodeCbor } from './cbor.ts';

/** Bits of authenticator data (WebAuthn L3 6.1). */
export const UP = 0x01;
export const UV = 0x04;
export const BE = 0x08;
export const BS = 0x10;
const AT = 0x40;

export type Alg = -8 | -7 | -257 | -35;

/** One credential, as the authenticator keeps it. */
export type Key = { id: Buffer; alg: Alg; privateKey: KeyObject; publicKey: Cbor; userHandle: string; counter: number };

/** What is to be other than an honest browser and authenticator would make it. */
export type Forgery = {
  /** Over the fields of the client data. */
  clientData?: Record<string, unknown>;
  rpId?: string;
  flags?: number;
  counter?: number;
  id?: Buffer;
  alg?: Alg;
  /** After the authenticator data. */
  trailing?: Buffer;
  /** Of the attestation object. */
  format?: string;
  statement?: (signed: Buffer, key: Key) => Map<string, Cbor>;
  attestation?: (bytes: Buffer) => Buffer;
  /** Undefined leaves it out. */
  userHandle?: string | undefined;
  signature?: (bytes: Buffer) => Buffer;
  /** Over the fields of the credential, and of its response. */
  credential?: Record<string, unknown>;
  response?: Record<string, unknown>;
};

/**
 * Browser and authenticator in software, at a page of `origin`. Does what it is asked to, and lies where it is told to.
 * `flags` of what it signs; `counts`: each assertion adds one to its counter.
 */
export function createAuthenticator({
  origin = 'http://localhost:3000',
  flags = UP | UV | BE | BS,
  counts = false,
} = {}) {
  const keys: Key[] = [];

  return {
    keys,

    /** A registration, as JSON. */
    create(options: CreationOptions, forgery: Forgery = {}): string {
      const alg = forgery.alg ?? (options.pubKeyCredParams[1]!.alg as Alg);
      const key = makeKey(alg, options.user.id, forgery.id ?? randomBytes(32));
      keys.push(key);
      const clientData = clientDataOf('webauthn.create', options.challenge, origin, forgery);
      const attested = [Buffer.alloc(16), uint16(key.id.length), key.id, encodeCbor(key.publicKey)];
      const authData = Buffer.concat([
        authenticatorData(
          forgery.rpId ?? options.rp.id!,
          (forgery.flags ?? flags) | AT,
          forgery.counter ?? key.counter,
        ),
        ...attested,
        forgery.trailing ?? Buffer.of(),
      ]);
      const statement = forgery.statement?.(Buffer.concat([authData, sha256(clientData)]), key) ?? new Map();
      const object = encodeCbor(
        new Map<string, Cbor>([
          ['fmt', forgery.format ?? 'none'],
          ['attStmt', statement],
          ['authData', authData],
        ]),
      );
      return posted(key, forgery, {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: (forgery.attestation?.(object) ?? object).toString('base64url'),
        transports: ['internal', 'hybrid', 'telepathy'],
      });
    },

    /** An assertion by the newest credential, or by `key`, as JSON. */
    get(options: RequestOptions, forgery: Forgery = {}, key: Key = keys.at(-1)!): string {
      if (counts) key.counter += 1;
      const clientData = clientDataOf('webauthn.get', options.challenge, origin, forgery);
      const authData = Buffer.concat([
        authenticatorData(forgery.rpId ?? options.rpId!, forgery.flags ?? flags, forgery.counter ?? key.counter),
        forgery.trailing ?? Buffer.of(),
      ]);
      const signature = signed(key, Buffer.concat([authData, sha256(clientData)]));
      return posted(key, forgery, {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: (forgery.signature?.(signature) ?? signature).toString('base64url'),
        userHandle: 'userHandle' in forgery ? forgery.userHandle : key.userHandle,
      });
    },
  };
}

export type Authenticator = ReturnType<typeof createAuthenticator>;

export const signed = ({ alg, privateKey }: Key, data: Buffer): Buffer =>
  sign(alg === -8 ? null : alg === -35 ? 'sha384' : 'sha256', data, privateKey);

function makeKey(alg: Alg, userHandle: string, id: Buffer): Key {
  const { publicKey, privateKey } = pairOf(alg);
  const jwk = publicKey.export({ format: 'jwk' }) as Record<'x' | 'y' | 'n' | 'e', string>;
  const bytes = (name: keyof typeof jwk) => Buffer.from(jwk[name], 'base64url');
  // COSE_Key (RFC 9053 7, RFC 8230 4).
  const fields: [number, Cbor][] =
    alg === -8
      ? [
          [1, 1],
          [3, alg],
          [-1, 6],
          [-2, bytes('x')],
        ]
      : alg === -257
        ? [
            [1, 3],
            [3, alg],
            [-1, bytes('n')],
            [-2, bytes('e')],
          ]
        : [
            [1, 2],
            [3, alg],
            [-1, alg === -35 ? 2 : 1],
            [-2, bytes('x')],
            [-3, bytes('y')],
          ];
  return { id, alg, privateKey, publicKey: new Map(fields), userHandle, counter: 0 };
}

function pairOf(alg: Alg) {
  if (alg === -8) return generateKeyPairSync('ed25519');
  if (alg === -257) return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: alg === -35 ? 'P-384' : 'P-256' });
}

const clientDataOf = (type: string, challenge: string, origin: string, { clientData }: Forgery): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }));

const authenticatorData = (rpId: string, flags: number, counter: number): Buffer => {
  const counted = Buffer.alloc(4);
  counted.writeUInt32BE(counter);
  return Buffer.concat([sha256(rpId), Buffer.of(flags), counted]);
};

function posted(key: Key, forgery: Forgery, response: Record<string, unknown>): string {
  const id = key.id.toString('base64url');
  return JSON.stringify({
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    ...forgery.credential,
    response: { ...response, ...forgery.response },
  });
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
