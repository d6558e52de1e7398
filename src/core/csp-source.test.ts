import { expect, test } from '@jest/globals';
import { cspSourceOf } from './csp-source.ts';

test.each([
  ['an origin', 'https://app.example', 'https://app.example'],
  ['no more than the origin', 'https://app.example:8443/cb?x=1', 'https://app.example:8443'],
  ['the scheme of an app', 'com.example.app:/cb', 'com.example.app:'],
  ['a bare scheme', 'com.example.app:', 'com.example.app:'],
  ['loopback', 'http://127.0.0.1:4711/cb', 'http://127.0.0.1:4711'],
  ['IPv6, for which there is no source expression', 'http://[::1]:4711/cb', 'http:'],
  ['an internationalized host', 'https://bücher.example', 'https://xn--bcher-kva.example'],
  ['not a wildcard', 'https://*.example', undefined],
  ['not an end of the directive', 'https://a;script-src.example', undefined],
  ['not an end of the header', 'https://a,b.example', undefined],
  ['not a keyword', "https://'unsafe-inline'", undefined],
  ['not a keyword alone', "'unsafe-inline'", undefined],
  ['not a line break', 'https://a.example\r\nX-Evil: 1', undefined],
  ['not script', 'javascript:alert(1)', undefined],
  ['not data', 'data:text/html,x', undefined],
  ['nothing', '', undefined],
])('a source may be %s', (_, uri, expected) => expect(cspSourceOf(uri)).toBe(expected));
