import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  assertion,
  attributes,
  fakeSaml,
  nameId,
  response,
  type Said,
  signature,
  signed,
  withSignature,
} from '../support/fake-saml.ts';
import { type UpstreamStage, upstreamStage, withUpstreams } from '../support/upstream-stage.ts';

/** T111: everything that has ever got somebody in by SAML. */

const idp = fakeSaml();
let stage: UpstreamStage;
beforeAll(async () => {
  stage = await upstreamStage();
});
afterAll(() => stage.at.store.close());

const BROWSER = 'cookie of the browser';
const setUp = (more = {}) =>
  withUpstreams(stage.at, { id: 'corp', name: 'Corp', type: 'saml', saml: idp.settings, ...more });

async function begin(more = {}, wishes = {}) {
  const begun = await stage.upstreams.begin(setUp(more), { upstreamId: 'corp', binding: BROWSER, ...wishes });
  if (!begun.ok) throw new Error(begun.reason);
  return begun.url;
}
const callback = (relayState: string, xml: string, more = {}) => {
  const SAMLResponse = Buffer.from(xml).toString('base64');
  const params = new URLSearchParams({ RelayState: relayState, SAMLResponse });
  return stage.upstreams.callback(setUp(more), { upstreamId: 'corp', params, binding: BROWSER });
};

/** A sign-in whose response is written by `write`. */
async function signIn(write: (said: Said) => string, more = {}, wishes = {}) {
  const { said, relayState } = idp.read(await begin(more, wishes));
  return callback(relayState, write(said), more);
}
const good = (said: Said) => response(idp.assertion(said), said);
const saying = (change: Partial<Said>) => (said: Said) => good({ ...said, ...change });
const outcomeOf = async (...given: Parameters<typeof signIn>) => {
  const result = await signIn(...given);
  return result.ok ? 'signed in' : result.reason;
};

test('is off unless the operator wants it', async () => {
  const off = (await upstreamStage({ saml: false })).upstreams;
  expect(await off.begin(setUp(), { upstreamId: 'corp', binding: BROWSER })).toMatchObject({ reason: 'disabled' });
  expect(await off.samlMetadata(setUp(), 'corp')).toBeUndefined();
});

test('what is in order gets in', async () => {
  expect(
    await signIn(good, { trust: { acr: { gold: 2 }, email_verified: 'always', domains: ['example.com'] } }),
  ).toMatchObject({
    ok: true,
    identity: {
      issuer: 'https://idp.example',
      subject: 'ada',
      email: 'ada@example.com',
      emailTrusted: true,
      claims: { name: 'Ada Lovelace' },
      proof: { factor: 'upstream', upstream: { id: 'corp', aal: 2 } },
      sessionId: 'session there',
    },
  });
  // Signed twice, as some do.
  expect(await outcomeOf((said) => signed(good(said), '_response', idp.privateKey))).toBe('signed in');
  expect(await outcomeOf(good, { subject: 'email' })).toBe('signed in');
});

test('roles and attributes with several values', async () => {
  const groups = attributes({ groups: ['devs', 'others'] });
  const roles = { claim: 'groups', map: { devs: 'developer' } };
  expect(await signIn(saying({ attributes: groups }), { roles })).toMatchObject({ identity: { roles: ['developer'] } });
});

test('the request names us and where to answer', async () => {
  const { request } = idp.read(await begin({}, { prompt: 'login' }));
  expect(request).toContain('ForceAuthn="true"');
  const at = `${stage.at.a.issuer}/upstream/corp`;
  expect(request).toContain(`AssertionConsumerServiceURL="${at}/callback"`);
  const metadata = await stage.upstreams.samlMetadata(setUp(), 'corp');
  expect(metadata).toContain(`entityID="${at}/metadata"`);
  expect(metadata).toContain(`Location="${at}/callback"`);
  expect(metadata).toContain('WantAssertionsSigned="true"');
  expect(await stage.upstreams.samlMetadata(setUp(), 'other')).toBeUndefined();
});

test('a response counts once, and in the browser that began', async () => {
  const { said, relayState } = idp.read(await begin());
  const params = new URLSearchParams({
    RelayState: relayState,
    SAMLResponse: Buffer.from(good(said)).toString('base64'),
  });
  const stolen = await stage.upstreams.callback(setUp(), { upstreamId: 'corp', params, binding: 'another' });
  expect(stolen).toMatchObject({ reason: 'other_browser' });
  expect(await callback(relayState, good(said))).toMatchObject({ ok: true });
  expect(await callback(relayState, good(said))).toMatchObject({ reason: 'state_invalid' });
  expect(await callback('', good(said))).toMatchObject({ reason: 'state_invalid' });
});

test('an assertion for one sign-in is none for another, whose response may say what it likes', async () => {
  const old = idp.read(await begin()).said;
  const { said, relayState } = idp.read(await begin());
  expect(await callback(relayState, response(idp.assertion(old), said))).toMatchObject({ reason: 'assertion_invalid' });
});

describe('an assertion that is signed, and is not for this', () => {
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  test.each<[string, Partial<Said>]>([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['for another service', { audience: 'https://other.example' }],
    ['for no service', { audience: '' }],
    ['for another address', { recipient: 'https://other.example/acs' }],
    ['for another address of ours', { recipient: 'http://localhost:3000/t/a/upstream/other/callback' }],
    ['as an answer to another request', { inResponseTo: '_x' }],
    ['as an answer to none', { inResponseTo: '' }],
    ['that is over', { notOnOrAfter: at(-11) }],
    ['that is not good yet', { notBefore: at(60) }],
    ['of a session that is over', { sessionNotOnOrAfter: at(-11) }],
    ['of a sign-in to come', { authnInstant: at(60) }],
    ['with a time that is none', { notOnOrAfter: 'soon' }],
    ['of somebody for this time only', { nameId: nameId('x', 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient') }],
    ['of two', { nameId: nameId('eve') + nameId('ada') }],
    ['of nobody', { nameId: '' }],
    ['of an empty name', { nameId: nameId('') }],
    ['of a name without end', { nameId: nameId('x'.repeat(256)) }],
    ['with a second condition', { attributes: '<saml:Conditions></saml:Conditions>' }],
    ['with a second subject', { attributes: `<saml:Subject>${nameId('eve')}</saml:Subject>` }],
  ])('%s', async (_name, change) => {
    expect(await outcomeOf(saying(change))).toBe('assertion_invalid');
  });

  test('by a subject that is not there', async () => {
    expect(await outcomeOf(good, { subject: 'employee' })).toBe('assertion_invalid');
    expect(await outcomeOf(saying({ attributes: attributes({ employee: ['1', '2'] }) }), { subject: 'employee' })).toBe(
      'assertion_invalid',
    );
  });

  test('of an older sign-in than was asked for', async () => {
    expect(await outcomeOf(saying({ authnInstant: at(-100) }), {}, { maxAge: 60 })).toBe('assertion_invalid');
    expect(await outcomeOf(saying({ authnInstant: at(-60) }), {}, { maxAge: 60 })).toBe('signed in');
  });
});

describe('a signature', () => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const withMethod = (xml: string, method: string, value: string) =>
    xml
      .replace(/<ds:SignatureMethod Algorithm="[^"]*"/, `<ds:SignatureMethod Algorithm="${method}"`)
      .replace(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${value}`);
  const [certificate = ''] = idp.settings.certificates;
  const hmac = createHmac('sha1', certificate).update('x').digest('base64');
  const keyInfo = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${fakeSaml().settings.certificates[0]!.replace(/-----.*-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;

  test.each<[string, (said: Said) => string]>([
    ['none', (said) => response(assertion(said), said)],
    ['of the response alone', (said) => signed(response(assertion(said), said), '_response', idp.privateKey)],
    ['by another key', (said) => response(signed(assertion(said), said.id, stranger), said)],
    [
      'by another key, which it brings along',
      (said) =>
        response(
          signed(assertion(said), said.id, stranger).replace('</ds:Signature>', `${keyInfo}</ds:Signature>`),
          said,
        ),
    ],
    ['with SHA-1', (said) => response(signed(assertion(said), said.id, idp.privateKey, 'sha1'), said)],
    ['with a shared secret', (said) => withMethod(good(said), 'http://www.w3.org/2000/09/xmldsig#hmac-sha1', hmac)],
    ['of nothing', (said) => good(said).replace(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>')],
    ['without a reference', (said) => good(said).replace(/<ds:Reference.*<\/ds:Reference>/, '')],
    ['of the whole document, by no name', (said) => good(said).replace('URI="#_assertion"', 'URI=""')],
    [
      'with a transform that leaves something out',
      (said) =>
        good(said).replace(
          'http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>',
          'http://www.w3.org/TR/1999/REC-xpath-19991116"></ds:Transform>',
        ),
    ],
    ['twice', (said) => good(said).replace(/<ds:Signature .*<\/ds:Signature>/, (text) => text + text)],
    ['of another name', (said) => good(said).replace('>ada<', '>eve<')],
    ['of another address', (said) => good(said).replace('ada@example.com', 'eve@example.com')],
    ['of another time', (said) => good(said).replace(/ NotOnOrAfter="[^"]*"/g, ' NotOnOrAfter="2049-01-01T00:00:00Z"')],
  ])('%s', async (_name, write) => {
    expect(await outcomeOf(write)).toBe('assertion_invalid');
  });
});

describe('signature wrapping', () => {
  const evil = (said: Said, id = '_evil') => assertion({ ...said, id, nameId: nameId('eve') });
  const bare = (said: Said) => assertion(said);
  const sig = (said: Said) => signature(assertion(said), said.id, idp.privateKey);
  const within = (xml: string, inside: string) => xml.replace('</ds:Signature>', `${inside}</ds:Signature>`);
  const signedResponse = (said: Said) => signed(good(said), '_response', idp.privateKey);

  test.each<[string, (said: Said) => string]>([
    [
      'XSW1 the signed response within the signature of another',
      (said) =>
        within(
          withSignature(response(evil(said), said), signature(good(said), '_response', idp.privateKey)),
          `<ds:Object>${signedResponse(said)}</ds:Object>`,
        ),
    ],
    ['XSW2 the signed response before another', (said) => response(signedResponse(said) + evil(said), said)],
    ['XSW3 another before the signed one', (said) => response(evil(said) + idp.assertion(said), said)],
    ['XSW3 another behind the signed one', (said) => response(idp.assertion(said) + evil(said), said)],
    [
      'XSW4 the signed one within another',
      (said) => response(evil(said).replace('</saml:Assertion>', `${idp.assertion(said)}</saml:Assertion>`), said),
    ],
    [
      'XSW5 another with the signature, the signed one behind it',
      (said) => response(withSignature(evil(said), sig(said)) + bare(said), said),
    ],
    [
      'XSW5 the same, by the same name',
      (said) => response(withSignature(evil(said, said.id), sig(said)) + bare(said), said),
    ],
    [
      'XSW6 another with the signature, the signed one within it',
      (said) => response(withSignature(evil(said), within(sig(said), bare(said))), said),
    ],
    [
      'XSW7 another within extensions',
      (said) => response(`<samlp:Extensions>${evil(said, said.id)}</samlp:Extensions>${idp.assertion(said)}`, said),
    ],
    [
      'XSW8 the signed one within an object of the signature',
      (said) => response(withSignature(evil(said), within(sig(said), `<ds:Object>${bare(said)}</ds:Object>`)), said),
    ],
    [
      'by other prefixes',
      (said) =>
        response(evil(said).replaceAll('saml:', 'x:').replace('xmlns:saml', 'xmlns:x') + idp.assertion(said), said),
    ],
    [
      'by no prefix',
      (said) => response(evil(said).replaceAll('saml:', '').replace('xmlns:saml', 'xmlns') + idp.assertion(said), said),
    ],
    ['two that are signed', (said) => response(idp.assertion(said) + idp.assertion({ ...said, id: '_b' }), said)],
  ])('%s', async (_name, write) => {
    expect(await outcomeOf(write)).toBe('assertion_invalid');
  });
});

describe('XML that is more than it seems', () => {
  test.each<[string, (said: Said) => string]>([
    [
      'XXE',
      (said) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${good({ ...said, nameId: nameId('&e;') })}`,
    ],
    ['an external document type', (said) => `<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">${good(said)}`],
    ['entities without end', (said) => `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${good(said)}`],
    ['a comment within the name', (said) => good(said).replace('>ada<', '>ad<!-- -->a<')],
    [
      'a comment within a longer name',
      (said) => good({ ...said, nameId: nameId('ada.evil') }).replace('>ada.evil<', '>ada<!---->.evil<'),
    ],
    ['CDATA', (said) => good(said).replace('>ada<', '><![CDATA[ada]]><')],
    ['a processing instruction', (said) => good(said).replace('>ada<', '>ada<?x?><')],
    ['another encoding', (said) => `<?xml version="1.0" encoding="UTF-16"?>${good(said)}`],
    ['broken', (said) => good(said).slice(0, -10)],
    ['none', () => 'x'],
    ['empty', () => ''],
    ['large', (said) => good(said) + ' '.repeat(300_000)],
  ])('%s', async (_name, write) => {
    expect(await outcomeOf(write)).toBe('assertion_invalid');
  });

  test('with its declaration it is fine', async () => {
    expect(await outcomeOf((said) => `<?xml version="1.0" encoding="UTF-8"?>\n${good(said)}`)).toBe('signed in');
  });
});

test('a provider that says no', async () => {
  expect(await outcomeOf((said) => response('', said, 'Responder'))).toBe('denied');
  expect(await outcomeOf((said) => response('', said))).toBe('assertion_invalid');
});

test.each([undefined, 'not base64!', 'PHg+', Buffer.from([0xff, 0xfe, 0x3c]).toString('base64')])(
  'a response that is %p',
  async (text) => {
    const { relayState } = idp.read(await begin());
    const params = new URLSearchParams({ RelayState: relayState, ...(text && { SAMLResponse: text }) });
    const result = await stage.upstreams.callback(setUp(), { upstreamId: 'corp', params, binding: BROWSER });
    expect(result).toMatchObject({ ok: false, reason: 'assertion_invalid', context: {} });
  },
);
