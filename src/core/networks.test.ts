import { describe, expect, test } from '@jest/globals';
import { isPublicAddress, networks } from './networks.ts';

describe('networks', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.1', false],
    ['10.0.0.0/8', 'not an address', false],
    ['10.0.0.0/8', '', false],
  ])('%s has %s: %s', (cidr, address, isIn) => {
    expect(networks([cidr])(address)).toBe(isIn);
    expect(networks(['198.51.100.0/24', cidr])(address)).toBe(isIn);
  });

  test('none has nothing', () => {
    expect(networks([])('127.0.0.1')).toBe(false);
  });

  test.each(['10.0.0.0/33', '10.0.0/8/8', 'loopback', '', '10.0.0.0/', 'fd00::/129'])(
    '%j is refused by name',
    (cidr) => {
      expect(() => networks(['127.0.0.0/8', cidr])).toThrow(`"${cidr}" is not a CIDR`);
    },
  );
});

describe('public addresses', () => {
  test.each(['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001:800::200e', '::ffff:1.1.1.1'])(
    '%s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  // RFC 6890 and what came after it, each range by its first and last address.
  const SPECIAL = `
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
    169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.0 192.88.99.1
    192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 203.0.113.255 224.0.0.0 239.255.255.255
    240.0.0.0 255.255.255.255 :: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::1.2.3.4
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2001:20::1 2002:7f00:1::1 fc00::1 fdff::1 fe80::1 febf::1 fec0::1 ff00::1
    ffff::1 4000::1 8000::1 localhost example.com
  `;
  test.each(SPECIAL.trim().split(/\s+/))('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
