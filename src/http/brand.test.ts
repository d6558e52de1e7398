import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contrast, distinct, inkOn } from '../core/color.ts';
import { brandCss, SURFACES } from './brand.ts';

test('contrast is as WCAG 2.2 has it', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(contrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2);
});

const colors = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('whatever the colour, what is written on it can be read', () => {
  fc.assert(fc.property(colors, (color) => contrast(inkOn(color), color) >= 4.5));
});

test('whatever the colour, it is told from any background', () => {
  fc.assert(fc.property(colors, colors, (color, ground) => contrast(distinct(color, ground, 4.5), ground) >= 4.5));
});

test('a colour that is distinct already stays', () => expect(distinct('#2447d6', '#ffffff', 4.5)).toBe('#2447d6'));

describe('brandCss', () => {
  test.each(['#2447d6', '#ffd400', '#ffffff', '#000000', '#1A1C21', '#777777'])('of %s', (primary_color) => {
    const css = brandCss({ primary_color });
    const properties = [
      ...css.matchAll(/--button:(#\w{6});--button-text:(#\w{6});--button-line:(#\w{6});--accent:(#\w{6})/g),
    ];
    expect(properties).toHaveLength(2);
    for (const [i, surface] of [SURFACES.light, SURFACES.dark].entries()) {
      const [, button, text, line, accent] = properties[i] as unknown as [string, string, string, string, string];
      expect(contrast(line, surface)).toBeGreaterThanOrEqual(3);
      expect(contrast(text, button)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent, surface)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('knows the surfaces of the style sheet', () => {
    const css = readFileSync(new URL('../../public/page.css', import.meta.url), 'utf8');
    expect([...css.matchAll(/--surface: (#\w{6})/g)].map((match) => match[1])).toEqual(Object.values(SURFACES));
  });
});
