/** Controls, bidirectional marks, zero-width and unassigned characters, line and paragraph separators, lone surrogates. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/** Whether the text has characters that nobody sees, by which a name can pass for another. */
export const hasHidden = (text: string): boolean => HIDDEN.test(text);

/**
 * Names of people may need joiners (Persian, emoji), but no line breaks, controls, lone surrogates, or marks that turn the
 * text after them around.
 */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export const hasControls = (text: string): boolean => CONTROLS.test(text);

/** What is left when they are taken out, for a text of others within one of ours. */
export const withoutControls = (text: string): string => text.replaceAll(new RegExp(CONTROLS, 'gu'), '');
