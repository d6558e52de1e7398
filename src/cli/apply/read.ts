import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { invalidInput, type Problem } from '../../core/errors.ts';

/** A file that was read: how it is called in messages, its value, and where in the text each part of it stands. */
export type Source = { name: string; value: unknown; locate: Locate };
/** Where a JSON pointer stands, or the nearest thing around it that the file has; both count from 1. */
export type Locate = (pointer: string) => { line: number; col: number };

/** One slip of the syntax makes many: those after the first are of no use. */
const MAX_FAULTS = 20;

/**
 * Reads YAML or JSON (which is YAML). A text that is `${NAME}` as a whole stands for the variable of that name, so that
 * secrets need not be in the file. Error `invalid_input` names every bad place.
 */
export function readSource(text: string, file: string, variable: (name: string) => string | undefined): Source {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const say = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ pointer: '', message: `${file}:${line}:${col} ${message}` });
  };

  const doc = parse(text, file, lines);
  const faults = [...doc.errors, ...doc.warnings];
  for (const { pos, message } of faults.slice(0, MAX_FAULTS)) say(pos[0], message.split(/ at line \d+/)[0]!);
  if (faults.length > MAX_FAULTS) say(faults[MAX_FAULTS]!.pos[0], `and ${faults.length - MAX_FAULTS} more`);
  if (problems.length === 0) {
    visit(doc, {
      Pair(_, { key }) {
        // Would be set on an object rather than in it.
        if (isScalar(key) && key.value === '__proto__') say(key.range?.[0] ?? 0, '__proto__ is not a known field');
        if (!isScalar(key)) say((key as Node | null)?.range?.[0] ?? 0, 'a name must be a text');
      },
      Scalar(part, node) {
        if (part === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
        const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(node.value)?.[1];
        const value = name && variable(name);
        if (!name) say(node.range?.[0] ?? 0, 'a placeholder must be a whole value: "$" and a {NAME}');
        else if (value === undefined) say(node.range?.[0] ?? 0, `the variable ${name} is not set`);
        else node.value = value;
      },
    });
  }
  if (problems.length > 0) throw invalidInput(problems.map(({ message }) => message).join('\n'), problems);
  return { name: file, value: toValue(doc, file), locate: (pointer) => lines.linePos(offsetOf(doc, pointer)) };
}

function parse(text: string, file: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: true });
  } catch (error) {
    throw invalidInput(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function toValue(doc: Document.Parsed, file: string): unknown {
  try {
    return doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalidInput(`${file}: ${(error as Error).message}`);
  }
}

function offsetOf(doc: Document.Parsed, pointer: string): number {
  let node: unknown = doc.contents;
  let offset = doc.contents?.range?.[0] ?? 0;
  for (const part of pointer.split('/').slice(1).map(unescaped)) {
    if (isAlias(node)) node = node.resolve(doc);
    let at: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      at = pair?.key;
      node = pair?.value;
    } else if (isSeq(node)) {
      at = node.items[Number(part)];
      node = at;
    }
    if (!isNode(at)) break;
    offset = at.range?.[0] ?? offset;
  }
  return offset;
}

/** RFC 6901 4. */
const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');
