/**
 * The mails and text messages that there are, and the values that each of them shows: `needs` always, `may` where known.
 * Names that end in `Link` or are `link` are absolute URLs; `minutes`, `days`, `left` and `count` are numbers; `time`, `when` and
 * `since` milliseconds since the epoch; all others are texts.
 */
export const MAIL_TEMPLATES = {
  sign_in_code: { needs: ['code', 'minutes'], may: ['client', 'device', 'place'] },
  sign_in_link: { needs: ['link', 'code', 'minutes'], may: ['client', 'device', 'place'] },
  verify_email: { needs: ['code', 'minutes'], may: ['link'] },
  reset_password: { needs: ['link', 'minutes'], may: [] },
  password_changed: { needs: [], may: ['time', 'device', 'place'] },
  factor_added: { needs: ['factor'], may: ['time', 'device', 'place'] },
  factor_removed: { needs: ['factor'], may: ['time', 'device', 'place'] },
  recovery_codes_made: { needs: [], may: ['time', 'device', 'place'] },
  recovery_code_used: { needs: ['left'], may: ['time', 'device', 'place'] },
  email_changed_old: { needs: ['newEmail', 'undoLink'], may: ['time'] },
  phone_changed: { needs: [], may: ['time', 'device', 'place'] },
  email_change_verify: { needs: ['minutes'], may: ['code', 'link'] },
  sign_in_request: { needs: ['link', 'client', 'minutes'], may: ['message', 'time'] },
  new_sign_in: { needs: ['time', 'notMeLink'], may: ['device', 'place'] },
  account_exists: { needs: ['signInLink', 'resetLink'], may: [] },
  no_account: { needs: [], may: ['signUpLink'] },
  invitation: { needs: ['link', 'tenantName', 'days'], may: [] },
  approval_pending: { needs: [], may: [] },
  approved: { needs: [], may: ['signInLink'] },
  delayed_reset: { needs: ['when', 'cancelLink'], may: [] },
  attack_alert: { needs: ['what', 'count', 'since'], may: [] },
} as const satisfies Record<string, Shape>;

export const SMS_TEMPLATES = {
  code: { needs: ['code'], may: ['host', 'minutes'] },
  sign_in_request: { needs: ['link', 'client', 'minutes'], may: [] },
} as const satisfies Record<string, Shape>;

export type MailTemplate = keyof typeof MAIL_TEMPLATES;
export type SmsTemplate = keyof typeof SMS_TEMPLATES;

/** Values that are numbers: amounts, and times in milliseconds since the epoch. */
export const NUMBERS = ['minutes', 'days', 'left', 'count', 'time', 'when', 'since'] as const;
type ValueOf<Name> = Name extends (typeof NUMBERS)[number] ? number : string;
type Shape = { needs: readonly string[]; may: readonly string[] };
type DataOf<T extends Shape> = { [K in T['needs'][number]]: ValueOf<K> } & {
  [K in T['may'][number]]?: ValueOf<K> | undefined;
} & {
  /** Milliseconds since the epoch after which the message is of no use, and is not sent; default: as `minutes`, `days` say. */
  expiresAt?: number | undefined;
};

/** What a message of the template is given. */
export type MailData<T extends MailTemplate> = DataOf<(typeof MAIL_TEMPLATES)[T]>;
export type SmsData<T extends SmsTemplate> = DataOf<(typeof SMS_TEMPLATES)[T]>;
