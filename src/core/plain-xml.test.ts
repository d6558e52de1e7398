import { describe, expect, test } from '@jest/globals';
import { foreignAlgorithm, trickIn } from './plain-xml.ts';

describe('a trick is', () => {
  test.each<[string, string | Buffer, string]>([
    ['a document type', '<!DOCTYPE a><a/>', 'document type'],
    ['an entity', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', 'document type'],
    ['a comment', '<a>x<!-- -->y</a>', 'comment'],
    ['CDATA', '<a><![CDATA[x]]></a>', 'CDATA'],
    ['a processing instruction', '<a><?x?></a>', 'processing'],
    ['a second declaration', '<?xml version="1.0"?><?xml version="1.0"?><a/>', 'processing'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>', 'encoding'],
    ['another version', '<?xml version="1.1"?><a/>', 'processing'],
    ['no UTF-8', Buffer.from([0x3c, 0xff, 0x3e]), 'UTF-8'],
    ['a byte order mark', Buffer.from('\ufeff<a/>'), 'UTF-8'],
    ['depth', '<a>'.repeat(41), 'deep'],
    ['depth behind a tag that looks closed', `${'<a b="/>">'.repeat(41)}`, 'deep'],
    ['depth without end', '<a>'.repeat(20_000), 'deep'],
  ])('%s', (_name, xml, why) => {
    expect(trickIn(Buffer.from(xml))).toContain(why);
  });
});

test.each([
  '<a/>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<a b="c>d">x</a>',
  "<?xml version='1.0'?><a/>",
  `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`,
  `<a>${'<b></b><c/>'.repeat(100)}</a>`,
  'no XML at all',
  '',
])('%j is none', (xml) => expect(trickIn(Buffer.from(xml))).toBeUndefined());

test('an algorithm that is not allowed is found in any spelling', () => {
  const allowed = new Set(['urn:good']);
  expect(foreignAlgorithm('<a Algorithm="urn:good"/>', allowed)).toBeUndefined();
  expect(foreignAlgorithm('<a Algorithm = \'urn:bad\'/><b Algorithm="urn:good"/>', allowed)).toBe('urn:bad');
  expect(foreignAlgorithm('<a Algorithm="&#117;rn:good"/>', allowed)).toBe('&#117;rn:good');
  expect(foreignAlgorithm('<a Algorithm="urn:it\'s"/>', allowed)).toBe("urn:it's");
});
