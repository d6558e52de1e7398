import { inLocale } from '../core/in-locale.ts';
import type { FieldError } from '../http/fields.ts';
import type { Form } from '../http/form.ts';
import type { TermRef } from '../privacy/terms.ts';
import type { Term } from '../tenants/settings/terms.ts';

export type ShownTerm = { name: string; version: string; title: string; uri: string; required: boolean };

const inputOf = ({ id }: Term) => `terms_${id}`;

/** Documents with a box each, as `views/terms-fields.njk` shows them. */
export const shownTerms = (terms: readonly Term[], locale: string): ShownTerm[] =>
  terms.map((term) => {
    const { id, version, title, uri, required } = term;
    return { name: inputOf(term), version, title: inLocale(title, locale) ?? id, uri, required };
  });

/** Those whose box is ticked: in the version that was shown, should there be a newer one by now. */
export const tickedTerms = (terms: readonly Term[], form: Form): TermRef[] =>
  terms.filter((term) => form.get(inputOf(term)) === term.version).map(({ id, version }) => ({ id, version }));

export const missingTerms = (terms: readonly Term[], form: Form): FieldError[] =>
  terms
    .filter((term) => term.required && form.get(inputOf(term)) !== term.version)
    .map((term) => ({ field: inputOf(term), message: 'errors.terms_missing' }));
