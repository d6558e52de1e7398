import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foreignHashes } from '../../../../test/support/foreign-hashes.ts';
import { importedHash } from '../import.ts';
import { foreignSchemes, schemeOf } from './schemes.ts';

const verify = (hash: string, password: string) => schemeOf(hash)?.verifier(hash)?.(password);

describe.each(foreignHashes)('%s', (_scheme, hash, password) => {
  test('has its password and no other', async () => {
    expect(importedHash(hash)).toBe(hash);
    expect(await verify(hash, password)).toBe(true);
    for (const other of [`${password} `, password.slice(1), password.toUpperCase(), ''])
      expect([other, await verify(hash, other)]).toEqual([other, false]);
  });

  test('is another hash with another digit', async () => {
    // Of the salt or of the result: the character before a "$", or in the middle of base64, none that only pads.
    const at = hash.startsWith('{') ? 12 : hash.lastIndexOf('$') + 3;
    const changed = hash.slice(0, at) + (hash[at] === 'A' ? 'B' : 'A') + hash.slice(at + 1);
    expect((await verify(changed, password)) ?? false).toBe(false);
  });
});

test('every scheme has some', () => {
  const covered = new Set(foreignHashes.map(([, hash]) => schemeOf(hash)));
  expect(covered).toEqual(new Set(foreignSchemes));
});

const BCRYPT_REST = 'Zpac0LlK195ubgds7AVHleUft9.jQBkek2iorWqnlDBrpC4UYRg/K';
const [SALT, KEY] = ['c2FsdHNhbHRzYWx0', 'A'.repeat(43)];
const phpass = (cost: string) => `$P$${cost}12345678${'a'.repeat(22)}`;
const shaCrypt = (rounds: string, salt = 'salt') => `$6$${rounds}${salt}$${'a'.repeat(86)}`;

describe('T089 a hash that takes too long, or none at all', () => {
  test.each([
    `$2b$04$${BCRYPT_REST}`,
    `$2b$15$${BCRYPT_REST}`,
    `$argon2id$v=19$m=131072,t=10,p=16$${SALT}$${KEY}`,
    `$argon2i$v=19$m=8,t=1,p=1$${SALT}$${KEY}`,
    `$scrypt$ln=17,r=8,p=10$${SALT}$${KEY}`,
    `$pbkdf2-sha256$10000000$${SALT}$${KEY}`,
    `$firescrypt$ln=17,r=8,p=10$${SALT}$${KEY}$Bw==$${KEY}`,
    phpass('I'),
    shaCrypt('rounds=1000000$'),
    shaCrypt('rounds=1000$', ''),
  ])('%s is the most, or least, that is taken', (hash) => expect(importedHash(hash)).toBe(hash));

  test.each([
    `$2b$16$${BCRYPT_REST}`,
    `$2b$03$${BCRYPT_REST}`,
    `$2x$10$${BCRYPT_REST}`,
    `$2b$10$${BCRYPT_REST.slice(1)}`,
    `$2b$10$${BCRYPT_REST}\n`,
    `$argon2id$v=19$m=131073,t=3,p=4$${SALT}$${KEY}`,
    `$argon2id$v=19$m=65536,t=11,p=4$${SALT}$${KEY}`,
    `$argon2id$v=19$m=65536,t=3,p=17$${SALT}$${KEY}`,
    `$argon2id$v=19$m=15,t=3,p=2$${SALT}$${KEY}`,
    `$argon2id$v=19$m=65536,t=0,p=1$${SALT}$${KEY}`,
    `$argon2id$v=16$m=65536,t=3,p=4$${SALT}$${KEY}`,
    `$argon2id$m=65536,t=3,p=4$${SALT}$${KEY}`,
    `$argon2d$v=19$m=65536,t=3,p=4$${SALT}$${KEY}`,
    `$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$${KEY}`,
    `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$aGFzaA`,
    `$scrypt$ln=18,r=8,p=1$${SALT}$${KEY}`,
    `$scrypt$ln=17,r=9,p=1$${SALT}$${KEY}`,
    `$scrypt$ln=17,r=8,p=11$${SALT}$${KEY}`,
    `$scrypt$ln=0,r=8,p=1$${SALT}$${KEY}`,
    `$scrypt$ln=17,r=8,p=1$${SALT}$AAAA`,
    `$pbkdf2-sha256$10000001$${SALT}$${KEY}`,
    `$pbkdf2-sha256$0$${SALT}$${KEY}`,
    `$pbkdf2-md5$1000$${SALT}$${KEY}`,
    `$pbkdf2-sha256$1000$${SALT}$AAAA`,
    `$firescrypt$ln=18,r=8,p=1$${SALT}$${KEY}$Bw==$${KEY}`,
    `$firescrypt$ln=14,r=1024,p=1$${SALT}$${KEY}$Bw==$${KEY}`,
    `$firescrypt$ln=14,r=8,p=1$${SALT}$${KEY}$Bw==`,
    `$firescrypt$ln=14,r=8,p=1$${SALT}$${KEY}$Bw==$AAAA`,
    phpass('J'),
    phpass('4'),
    shaCrypt('rounds=1000001$'),
    shaCrypt('rounds=999$'),
    shaCrypt('', 'longer than sixteen'),
    '{SSHA}',
    '{SSHA}AAAA',
    `{SSHA}${'A'.repeat(27)}=`,
    `{SSHA}${'A'.repeat(2000)}`,
    `$scrypt$ln=10,r=8,p=1$${'A'.repeat(2000)}$${KEY}`,
    '$gh1$$2b$04$Zpac0LlK195ubgds7AVHleUft9.jQBkek2iorWqnlDBrpC4UYRg/K',
    'plain',
    '',
    42,
    null,
  ])('%p is not imported', (hash) => {
    expect(() => importedHash(hash)).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        problems: [expect.objectContaining({ pointer: '/password_hash' })],
      }),
    );
  });

  test('the refusal says what is taken: of the scheme, or of all', () => {
    expect(() => importedHash(`$2b$16$${BCRYPT_REST}`)).toThrow(/bcrypt .* of cost 04 to 15$/);
    expect(() => importedHash('plain')).toThrow(/bcrypt.*argon2id.*scrypt.*PBKDF2.*Firebase.*phpass.*SSHA.*SHA-crypt/);
  });

  test('whatever begins like a hash is taken or refused, and nothing else happens', () => {
    const beginning = fc.constantFrom(
      '$2b$',
      '$argon2id$',
      '$scrypt$ln=',
      '$pbkdf2-',
      '$firescrypt$',
      '$P$',
      '{SSHA',
      '$6$',
    );
    const rest = fc.array(fc.constantFrom('$', '=', ',', 'v=19', 'm=', 'A'.repeat(22), '10', '}', '/', '\u0000', 'é'));
    fc.assert(
      fc.property(beginning, rest, (start, parts) => {
        const hash = start + parts.join('');
        try {
          expect(importedHash(hash)).toBe(hash);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input' });
        }
      }),
    );
  });
});
