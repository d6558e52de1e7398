import { expect, test } from '@jest/globals';
import type { Upstream } from '../../tenants/settings/upstreams.ts';
import { upstreamFor } from './upstream-for.ts';

const upstreams = [
  { id: 'off', enabled: false, domains: ['acme.example', 'off.example'] },
  { id: 'acme', enabled: true, domains: ['acme.example', 'xn--mller-kva.example'] },
] as Upstream[];

test.each<[string, string | undefined]>([
  ['ada@acme.example', 'acme'],
  [' Ada@ACME.example ', 'acme'],
  ['ada＠acme.example', 'acme'],
  ['ada@müller.example', 'acme'],
  ['ada@off.example', undefined],
  ['ada@mail.acme.example', undefined],
  ['ada@acme.example.evil.example', undefined],
  ['ada@evil.example@acme.example', undefined],
  ['acme.example', undefined],
  ['ada', undefined],
  ['', undefined],
])('%p is at home at %p', (identifier, id) => {
  expect(upstreamFor({ upstreams }, identifier)?.id).toBe(id);
});
