import { randomInt } from 'node:crypto';
import { CROCKFORD } from '../../core/ids.ts';
import { typedCode } from '../typed-code.ts';

/** 5 bits each: 60. */
const LENGTH = 12;

export const newCode = (): string => Array.from({ length: LENGTH }, () => CROCKFORD[randomInt(32)]).join('');

/** As it is shown and printed: in groups of four. */
export const grouped = (code: string): string => code.match(/.{4}/g)!.join('-');

/** Every way to type a code is one: its case, what groups it, and letters taken for digits do not count. */
export const normalized = (typed: string): string =>
  typedCode(typed).toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
