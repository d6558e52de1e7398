import { HONEYPOT } from '../../src/risk/forms.ts';

/** The pages of accounts with what they may show at most, as `[view, data]` by the name of a picture. */

const email = 'ada@example.com';
const code = '12345678';
const fields = [
  { name: 'profile_given_name', key: 'claim.given_name', label: undefined, type: 'text', autocomplete: 'given-name' },
  { name: 'profile_birthdate', key: 'claim.birthdate', label: undefined, type: 'date', autocomplete: 'bday' },
  { name: 'profile_size', key: undefined, label: 'Shirt size', type: 'select', options: ['S', 'M'], required: false },
  { name: 'profile_vip', key: undefined, label: 'I want to be called', type: 'checkbox' },
].map((field) => ({ autocomplete: undefined, options: [] as string[], required: true, ...field }));
const errors = (...names: string[]) =>
  names.map((field) => {
    const { key, label: text } = fields.find(({ name }) => name === field) ?? {};
    return { field, message: 'errors.field_missing', ...((key || text) && { label: { key, text } }) };
  });
const uri = 'https://example.com/terms';
const terms = [
  { name: 'terms_tos', version: '1', title: 'Terms of service', uri, required: true },
  { name: 'terms_news', version: '1', title: 'Newsletter', uri, required: false },
];
const signUp = {
  errors: [],
  asks: { email: true, password: true },
  username: 'required',
  fields,
  terms,
  values: { email: '' } as Record<string, string>,
  min: 15,
  challenge: undefined,
  honeypot: HONEYPOT,
  stamp: { name: 'stamp', value: 'x' },
  signIn: '/sign-in',
  isAsked: false,
};
const lost = {
  errors: [],
  mayAsk: true,
  address: 'a•••@example.com',
  isSent: false,
  minutes: 10,
  hours: 72,
  dueAt: 0,
  isDue: false,
};
const due = Date.UTC(2026, 11, 1, 12);
const link = { token: 'a.b' };

export const ACCOUNT_VIEWS: Record<string, [view: string, data: object]> = {
  'sign-up': ['sign-up', signUp],
  'sign-up-refused': [
    'sign-up',
    {
      ...signUp,
      isAsked: true,
      errors: errors('email', 'username', 'profile_size', 'profile_vip', 'password', 'terms_tos'),
    },
  ],
  'sign-up-code': ['sign-up-code', { errors: [], email, asks: 'email', minutes: 10, waitFor: 30, other: '/other' }],
  'sign-up-phone': [
    'sign-up-code',
    { errors: errors('code'), email, asks: 'phone', minutes: 10, waitFor: 0, other: '/' },
  ],
  'sign-up-waits': ['sign-up-waits', { email }],
  'sign-up-exists': ['sign-up-exists', { email }],
  'address-link': ['address-link', { ...link, step: 'sign-up-link' }],
  'address-elsewhere': ['address-elsewhere', { code }],
  'verify-email': ['verify-email', { errors: [], email, isSent: false, minutes: 10, waitFor: 0 }],
  'verify-email-sent': ['verify-email', { errors: [], email, isSent: true, minutes: 10, waitFor: 0 }],
  'verify-phone': ['verify-phone', { errors: errors('number'), number: '+49', isSent: false, minutes: 10, waitFor: 0 }],
  'verify-phone-sent': [
    'verify-phone',
    { errors: [], number: '+4915112340001', isSent: true, minutes: 10, waitFor: 9 },
  ],
  terms: ['terms', { errors: errors('terms_tos'), terms, values: {} }],
  profile: ['profile', { errors: [], fields, values: { profile_size: 'M' } }],
  'reset-password': ['reset-password', { address: 'a•••@example.com', isSent: false }],
  'reset-password-sent': ['reset-password', { address: 'a•••@example.com', isSent: true }],
  'lost-factor': ['lost-factor', lost],
  'lost-factor-code': ['lost-factor', { ...lost, isSent: true }],
  'lost-factor-anew': ['lost-factor', { ...lost, mayAsk: false }],
  'lost-factor-waits': ['lost-factor', { ...lost, dueAt: due }],
  'lost-factor-due': ['lost-factor', { ...lost, dueAt: due, isDue: true }],
  recovery: ['recovery', { errors: [], identifier: '', challenge: undefined }],
  'recovery-sent': ['recovery-sent', { minutes: 30, back: '/account' }],
  'recovery-done': ['recovery-done', { back: '/account' }],
  'recovery-gone': ['recovery-gone', {}],
  'new-password': ['new-password', { ...link, errors: [], email, min: 15 }],
  'mailed-link': ['mailed-link', { ...link, name: 'cancel' }],
  'mailed-link-done': [
    'mailed-link-done',
    { isDone: true, title: 'mailed.email.done_title', text: 'mailed.email.done_text' },
  ],
  'mailed-link-taken': [
    'mailed-link-done',
    { isDone: false, title: 'mailed.email.taken_title', text: 'mailed.email.taken_text' },
  ],
  invitation: ['invitation', { ...signUp, ...link, email, asks: { email: false, password: true }, username: 'no' }],
  'invitation-known': ['invitation-known', { ...link, email, isSignedIn: true, signIn: '/account' }],
  'invitation-sign-in': ['invitation-known', { ...link, email, isSignedIn: false, signIn: '/account' }],
};
