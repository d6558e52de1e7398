/** Elements within elements. */
const MAX_DEPTH = 40;

const DECLARATION =
  /^\s*<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"utf-8"|'utf-8'))?(?: standalone=(?:"no"|'no'))? ?\?>/i;

/**
 * What no honest program writes into a message and attacks are made of, or undefined where there is none of it. It looks before
 * anything parses: signatures are verified by one parser and messages read by another, so whatever two of them could
 * understand in two ways has no place in it.
 */
export function trickIn(xml: Buffer): string | undefined {
  const text = new TextDecoder().decode(xml);
  if (!Buffer.from(text).equals(xml)) return 'is not UTF-8';
  // Document types (entities, XXE), comments (which split a name in two), CDATA.
  if (text.includes('<!')) return 'has a document type, a comment or CDATA';
  if (text.replace(DECLARATION, '').includes('<?')) return 'has processing instructions, or another encoding';
  return depthOf(text) > MAX_DEPTH ? `is nested more than ${MAX_DEPTH} deep` : undefined;
}

/** The first value of an attribute `Algorithm` that is not allowed, however its element is called. */
export function foreignAlgorithm(text: string, allowed: ReadonlySet<string>): string | undefined {
  const all = [...text.matchAll(/Algorithm\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map((match) => match[1] ?? match[2]!);
  return all.find((algorithm) => !allowed.has(algorithm));
}

/** Of a text that may be no XML at all: what is too deep must not reach a parser, which recurses. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const end = endOfTag(text, at + 1);
    if (text[at + 1] === '/') depth -= 1;
    else if (text[end - 1] !== '/') depth += 1;
    deepest = Math.max(deepest, depth);
    at = end;
  }
  return deepest;
}

/** Where a tag ends: at the first `>` that no attribute value holds. */
function endOfTag(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at;
  }
  return text.length;
}
