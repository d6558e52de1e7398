import { describe, expect, test } from '@jest/globals';
import { casesOf, factsFrom, LADDER, NOW, proofsOf, shown } from '../../test/support/journey-notation.ts';
import { aalOf } from './assurance.ts';
import { plan } from './plan.ts';

/**
 * What is asked next, by rows and columns of facts that are put together. The words are told in journey-notation.ts; a
 * tenant that says nothing allows password, passkey and upstream first, passkey, totp and recovery codes second, and asks
 * for a second factor those who have one.
 */
function describeTable(name: string, base: string, table: string): void {
  describe(name, () => {
    test.each(casesOf(table))('%s + %s: %s', (row, column, expected) => {
      const { outcome, why } = plan(factsFrom(`${base}, ${column}, ${row}`));
      expect(shown(outcome)).toBe(expected);
      if ('ask' in outcome) expect(why.at(-1)).toMatchObject({ asked: true });
      else expect(why.at(-1)).toMatchObject({ asked: false });
    });
  });
}

describeTable(
  'nobody is signed in',
  '',
  `
                        | -        | mfa required | first pwd    | first key idp    | risk deny | first
  -                     | identify | identify     | identify pwd | identify key,idp | identify  | unmet
  acr high              | identify | identify     | identify pwd | identify key,idp | identify  | unmet
  again                 | identify | identify     | identify pwd | identify key,idp | identify  | unmet
  max_age 0             | identify | identify     | identify pwd | identify key,idp | identify  | unmet
  create                | create   | create       | create       | create           | create    | create
  create, passed create | identify | identify     | identify pwd | identify key,idp | identify  | unmet
`,
);

describeTable(
  'the password was right',
  'did pwd',
  `
                                                   | has pwd         | has pwd totp | has pwd key | has pwd codes | has pwd totp codes | has pwd mail    | has pwd sms
  -                                                | low pwd         | 2nd totp     | 2nd key     | low pwd       | 2nd totp,codes     | low pwd         | low pwd
  trusted                                          | low pwd         | low pwd      | low pwd     | low pwd       | low pwd            | low pwd         | low pwd
  mfa off                                          | low pwd         | low pwd      | low pwd     | low pwd       | low pwd            | low pwd         | low pwd
  mfa risk                                         | low pwd         | low pwd      | low pwd     | low pwd       | low pwd            | low pwd         | low pwd
  mfa required                                     | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  mfa required, grace 7                            | enrol? key,totp | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol? key,totp | 2nd sms
  mfa required, grace 7, passed enrol              | low pwd         | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | low pwd         | 2nd sms
  mfa required, grace 7, demanded 8d, passed enrol | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  mfa required, second totp                        | enrol totp      | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp           | enrol totp      | 2nd sms
  mfa required, second mail                        | unmet           | unmet        | unmet       | unmet         | unmet              | 2nd mail        | unmet
  mfa required, second mail sms                    | enrol sms       | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | 2nd mail        | 2nd sms
  mfa required, second                             | unmet           | unmet        | unmet       | unmet         | unmet              | unmet           | unmet
  mfa required, trusted                            | low pwd         | low pwd      | low pwd     | low pwd       | low pwd            | low pwd         | low pwd
  mfa required, trusted, trust 0                   | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  acr low                                          | low pwd         | 2nd totp     | 2nd key     | low pwd       | 2nd totp,codes     | low pwd         | low pwd
  acr high                                         | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  acr top                                          | enrol key       | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key       | 2nd sms
  acr high, trusted                                | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  acr high, mfa off                                | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  acr high, second mail                            | unmet           | unmet        | 2nd key     | unmet         | unmet              | unmet           | unmet
  acr top, second totp                             | unmet           | unmet        | 2nd key     | unmet         | unmet              | unmet           | unmet
  acr top high                                     | enrol key       | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key       | 2nd sms
  acr low top                                      | low pwd         | 2nd totp     | 2nd key     | low pwd       | 2nd totp,codes     | low pwd         | low pwd
  acr what                                         | unmet           | unmet        | unmet       | unmet         | unmet              | unmet           | unmet
  acr what high                                    | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  acr high, mfa required, grace 7, passed enrol    | enrol key,totp  | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | enrol key,totp  | 2nd sms
  risk step_up                                     | denied          | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | 2nd mail        | denied
  risk step_up, trusted                            | denied          | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | 2nd mail        | denied
  risk step_up, mfa required                       | denied          | 2nd totp     | 2nd key     | 2nd codes     | 2nd totp,codes     | 2nd mail        | denied
  risk step_up, mfa off                            | low pwd         | low pwd      | low pwd     | low pwd       | low pwd            | low pwd         | low pwd
  risk deny                                        | denied          | denied       | denied      | denied        | denied             | denied          | denied
`,
);

describeTable(
  'something else was proven first',
  '',
  `
                        | did key, has key  | did synced, has key pwd | did touch, has key pwd | did touch, has key totp | did idp, has idp | did idp, has idp totp | did idp2, has idp totp | did mail, first mail pwd, has mail pwd totp | did link, first link, has mail
  -                     | top user+hwk+mfa  | high user+swk+mfa       | low user+hwk           | low user+hwk            | low              | 2nd totp              | high hwk+mfa           | 2nd totp,pwd                                | low otp
  mfa required          | top user+hwk+mfa  | high user+swk+mfa       | 2nd pwd                | unmet                   | enrol key,totp   | 2nd totp              | high hwk+mfa           | 2nd totp,pwd                                | enrol key,totp
  acr high              | high user+hwk+mfa | high user+swk+mfa       | 2nd pwd                | unmet                   | enrol key,totp   | 2nd totp              | high hwk+mfa           | 2nd pwd,totp                                | enrol key
  acr top               | top user+hwk+mfa  | unmet                   | unmet                  | unmet                   | enrol key        | 2nd totp              | enrol key              | 2nd totp                                    | enrol key
  risk step_up          | top user+hwk+mfa  | high user+swk+mfa       | 2nd pwd                | denied                  | denied           | 2nd totp              | high hwk+mfa           | 2nd totp,pwd                                | 2nd mail
  acr top, mfa required | top user+hwk+mfa  | unmet                   | unmet                  | unmet                   | enrol key        | 2nd totp              | enrol key              | 2nd totp                                    | enrol key
`,
);

describeTable(
  'two were proven',
  '',
  `
                        | did pwd totp, has pwd totp | did pwd totp, has pwd totp codes | did pwd codes, has pwd totp codes | did pwd touch, has pwd key | did pwd mail, has pwd mail | did pwd sms, has pwd sms, second sms codes | did idp totp, has idp totp codes | did touch totp, has key totp codes
  -                     | recovery_codes             | high pwd+otp+mfa                 | high pwd+otp+mfa                  | high pwd+user+hwk+mfa      | low pwd                    | recovery_codes                             | high otp+mfa                     | low user+hwk+otp
  mfa required          | recovery_codes             | high pwd+otp+mfa                 | high pwd+otp+mfa                  | high pwd+user+hwk+mfa      | enrol key,totp             | recovery_codes                             | high otp+mfa                     | unmet
  acr high              | recovery_codes             | high pwd+otp+mfa                 | high pwd+otp+mfa                  | high pwd+user+hwk+mfa      | enrol key,totp             | recovery_codes                             | high otp+mfa                     | unmet
  acr top               | enrol key                  | enrol key                        | enrol key                         | unmet                      | enrol key                  | unmet                                      | enrol key                        | unmet
  risk step_up          | recovery_codes             | high pwd+otp+mfa                 | high pwd+otp+mfa                  | high pwd+user+hwk+mfa      | low pwd                    | recovery_codes                             | high otp+mfa                     | denied
  passed recovery_codes | high pwd+otp+mfa           | high pwd+otp+mfa                 | high pwd+otp+mfa                  | high pwd+user+hwk+mfa      | low pwd                    | high pwd+sms+otp+mfa                       | high otp+mfa                     | low user+hwk+otp
`,
);

describeTable(
  'signed in before',
  'has pwd totp key',
  `
                        | session pwd    | session pwd@2h seen@2m | session pwd@2h totp@2h seen@2m | session pwd@2h totp@2h seen@2h | session pwd@25h totp@25h
  -                     | low pwd        | low pwd                | high pwd+otp+mfa               | low pwd+otp+mfa                | low pwd+otp+mfa
  again                 | 1st pwd,key    | 1st pwd,key            | 1st pwd,key                    | 1st pwd,key                    | 1st pwd,key
  max_age 600           | low pwd        | 1st pwd,key            | 1st pwd,key                    | 1st pwd,key                    | 1st pwd,key
  max_age 7200          | low pwd        | low pwd                | high pwd+otp+mfa               | low pwd+otp+mfa                | 1st pwd,key
  acr low               | low pwd        | low pwd                | low pwd+otp+mfa                | low pwd+otp+mfa                | low pwd+otp+mfa
  acr high              | 2nd key,totp   | 2nd key,totp           | high pwd+otp+mfa               | 1st pwd,key,totp               | 2nd key
  acr top               | 2nd key        | 2nd key                | 2nd key                        | 2nd key                        | 2nd key
  acr high, max_age 600 | 2nd key,totp   | 1st pwd,key            | 1st pwd,key                    | 1st pwd,key                    | 1st pwd,key
  mfa required          | 2nd key,totp   | 2nd key,totp           | high pwd+otp+mfa               | low pwd+otp+mfa                | low pwd+otp+mfa
  mfa required, trusted | low pwd        | low pwd                | high pwd+otp+mfa               | low pwd+otp+mfa                | low pwd+otp+mfa
  first key             | 1st key        | 1st key                | 1st key                        | 1st key                        | 1st key
  second totp, acr high | 2nd key,totp   | 2nd key,totp           | high pwd+otp+mfa               | 1st pwd,key,totp               | 2nd key
  lapsed 2              | low pwd        | low pwd                | low pwd+otp+mfa                | low pwd+otp+mfa                | low pwd+otp+mfa
  lapsed 2, acr high    | 2nd key,totp   | 2nd key,totp           | 1st pwd,key,totp               | 1st pwd,key,totp               | 2nd key
  lapsed 3, acr high    | 2nd key,totp   | 2nd key,totp           | high pwd+otp+mfa               | 1st pwd,key,totp               | 2nd key
  lapsed 3, acr top     | 2nd key        | 2nd key                | 2nd key                        | 2nd key                        | 2nd key
  reset                 | reset_password | reset_password         | reset_password                 | reset_password                 | reset_password
  risk deny             | denied         | denied                 | denied                         | denied                         | denied
  inactive              | denied         | denied                 | denied                         | denied                         | denied
  first                 | unmet          | unmet                  | unmet                          | unmet                          | unmet
`,
);

describeTable(
  'signed in before by a passkey, long ago, in part, or as somebody else',
  'has pwd totp key',
  `
                        | session pwd@1h key@1h seen@20m | session synced@1h | session key@20d seen@13d | session pwd@20d totp@20d seen@15d | session pwd@31d totp@1h | session pwd, of eve
  -                     | high pwd+user+hwk+mfa          | high user+swk+mfa | low user+hwk+mfa         | identify                          | 1st pwd,key             | identify
  again                 | 1st pwd,key                    | 1st pwd,key       | 1st pwd,key              | identify                          | 1st pwd,key             | identify
  max_age 600           | 1st pwd,key                    | 1st pwd,key       | 1st pwd,key              | identify                          | 1st pwd,key             | identify
  max_age 7200          | high pwd+user+hwk+mfa          | high user+swk+mfa | 1st pwd,key              | identify                          | 1st pwd,key             | identify
  acr low               | low pwd+user+hwk+mfa           | low user+swk+mfa  | low user+hwk+mfa         | identify                          | 1st pwd,key             | identify
  acr high              | high pwd+user+hwk+mfa          | high user+swk+mfa | 2nd key                  | identify                          | 1st pwd,key             | identify
  acr top               | 2nd key                        | 2nd key           | 2nd key                  | identify                          | 1st pwd,key             | identify
  acr high, max_age 600 | 1st pwd,key                    | 1st pwd,key       | 1st pwd,key              | identify                          | 1st pwd,key             | identify
  mfa required          | high pwd+user+hwk+mfa          | high user+swk+mfa | low user+hwk+mfa         | identify                          | 1st pwd,key             | identify
  mfa required, trusted | high pwd+user+hwk+mfa          | high user+swk+mfa | low user+hwk+mfa         | identify                          | 1st pwd,key             | identify
  first key             | high user+hwk+mfa              | high user+swk+mfa | low user+hwk+mfa         | identify key                      | 1st key                 | identify key
  lapsed 2, acr high    | 1st pwd,key,totp               | 1st pwd,key,totp  | 2nd key                  | identify                          | 1st pwd,key             | identify
  lapsed 3, acr high    | high pwd+user+hwk+mfa          | high user+swk+mfa | 2nd key                  | identify                          | 1st pwd,key             | identify
  lapsed 3, acr top     | 2nd key                        | 2nd key           | 2nd key                  | identify                          | 1st pwd,key             | identify
  reset                 | reset_password                 | reset_password    | reset_password           | identify                          | 1st pwd,key             | identify
  risk deny             | denied                         | denied            | denied                   | identify                          | denied                  | identify
  inactive              | denied                         | denied            | denied                   | identify                          | denied                  | identify
`,
);

describeTable(
  'signed in before, and something is proven now',
  'has pwd totp key',
  `
                                   | session pwd@2h totp@2h seen@2h | session pwd@25h totp@25h | session pwd@1h key@1h seen@20m | session pwd@20d totp@20d seen@15d | session pwd@2h, lapsed 2  | session pwd@1h key@1h, lapsed 3  | session totp, of eve
  did pwd                          | high otp+pwd+mfa               | low otp+pwd+mfa          | high user+hwk+mfa+pwd          | 2nd key,totp                      | 2nd key,totp              | high user+hwk+mfa+pwd            | 2nd key,totp
  did totp                         | recovery_codes                 | recovery_codes           | recovery_codes                 | 1st pwd,key                       | recovery_codes            | recovery_codes                   | 1st pwd,key
  did key                          | top pwd+otp+user+hwk+mfa       | top pwd+otp+user+hwk+mfa | top pwd+user+hwk+mfa           | top user+hwk+mfa                  | top pwd+user+hwk+mfa      | top pwd+user+hwk+mfa             | top user+hwk+mfa
  did pwd, acr high                | high otp+pwd+mfa               | 2nd key,totp             | high user+hwk+mfa+pwd          | 2nd key,totp                      | 2nd key,totp              | high user+hwk+mfa+pwd            | 2nd key,totp
  did totp, acr high               | recovery_codes                 | 2nd pwd,key              | recovery_codes                 | 1st pwd,key                       | recovery_codes            | recovery_codes                   | 1st pwd,key
  did pwd, acr top                 | 2nd key                        | 2nd key                  | 2nd key                        | 2nd key                           | 2nd key                   | 2nd key                          | 2nd key
  did key, acr top                 | top pwd+otp+user+hwk+mfa       | top pwd+otp+user+hwk+mfa | top pwd+user+hwk+mfa           | top user+hwk+mfa                  | top pwd+user+hwk+mfa      | top pwd+user+hwk+mfa             | top user+hwk+mfa
  did pwd, again                   | high otp+pwd+mfa               | low otp+pwd+mfa          | high user+hwk+mfa+pwd          | 2nd key,totp                      | 2nd key,totp              | high user+hwk+mfa+pwd            | 2nd key,totp
  did pwd, max_age 0               | high otp+pwd+mfa               | low otp+pwd+mfa          | high user+hwk+mfa+pwd          | 2nd key,totp                      | 2nd key,totp              | high user+hwk+mfa+pwd            | 2nd key,totp
  did pwd, mfa required            | high otp+pwd+mfa               | low otp+pwd+mfa          | high user+hwk+mfa+pwd          | 2nd key,totp                      | 2nd key,totp              | high user+hwk+mfa+pwd            | 2nd key,totp
  did pwd, mfa required, first key | 1st key                        | 1st key                  | high user+hwk+mfa              | 1st key                           | 1st key                   | high user+hwk+mfa                | 1st key
  did pwd totp, acr high           | recovery_codes                 | recovery_codes           | recovery_codes                 | recovery_codes                    | recovery_codes            | recovery_codes                   | recovery_codes
`,
);

describeTable(
  'what is owed before the account is used',
  'has pwd totp',
  `
                               | did pwd totp     | did pwd, mfa off | session pwd totp | did pwd
  unverified                   | verify_email     | verify_email     | verify_email     | 2nd totp
  terms                        | recovery_codes   | terms            | terms            | 2nd totp
  profile                      | recovery_codes   | profile          | profile          | 2nd totp
  terms, profile               | recovery_codes   | terms            | terms            | 2nd totp
  unverified, terms            | verify_email     | verify_email     | verify_email     | 2nd totp
  reset                        | recovery_codes   | reset_password   | reset_password   | reset_password
  reset, did pwd mail, mfa off | low pwd          | low pwd          | high otp+pwd+mfa | low pwd
  passed recovery_codes        | high pwd+otp+mfa | low pwd          | high pwd+otp+mfa | 2nd totp
  passed recovery_codes, terms | terms            | terms            | terms            | 2nd totp
  inactive                     | denied           | denied           | denied           | denied
  inactive, risk deny          | denied           | denied           | denied           | denied
`,
);

describeTable(
  'a factor is to be added',
  'has pwd',
  `
                                                       | did pwd         | did pwd@10m | session pwd@2m  | session pwd@10m | session pwd@2m, trusted
  acr high                                             | enrol key,totp  | 1st pwd     | enrol key,totp  | 1st pwd         | enrol key,totp
  acr top                                              | enrol key       | 1st pwd     | enrol key       | 1st pwd         | enrol key
  mfa required                                         | enrol key,totp  | 1st pwd     | enrol key,totp  | 1st pwd         | low pwd
  mfa required, grace 7                                | enrol? key,totp | 1st pwd     | enrol? key,totp | 1st pwd         | low pwd
  acr high, has pwd totp                               | 2nd totp        | 2nd totp    | 2nd totp        | 2nd totp        | 2nd totp
  acr top, has pwd totp                                | 2nd totp        | 2nd totp    | 2nd totp        | 2nd totp        | 2nd totp
  acr top, has pwd sms                                 | 2nd sms         | 2nd sms     | 2nd sms         | 2nd sms         | 2nd sms
  acr top, has pwd codes                               | 2nd codes       | 2nd codes   | 2nd codes       | 2nd codes       | 2nd codes
  mfa required, second key, has pwd totp               | 2nd totp        | 2nd totp    | 2nd totp        | 2nd totp        | low pwd
  acr top, second mail key, has pwd mail               | 2nd mail        | 2nd mail    | 2nd mail        | 2nd mail        | 2nd mail
  mfa required, second key sms, first pwd, has pwd sms | 2nd sms         | 2nd sms     | 2nd sms         | 2nd sms         | low pwd
`,
);

test.each<[string, string, string]>([
  ['', 'identify', 'nobody is signed in'],
  ['create', 'create', 'the client asks for a new account'],
  ['first', 'identify', 'no first factor is allowed'],
  ['has pwd, session pwd@1h seen@15d', 'identify', 'the session is over'],
  ['has pwd, session pwd, inactive', 'account', 'the account may not sign in'],
  ['has pwd, did pwd, risk deny', 'risk', 'the risk is too high'],
  ['has pwd key, session pwd, first key', 'verify', 'no first factor that is allowed here is proven'],
  ['has pwd, session pwd, again', 'verify', 'the client asks for a new sign-in'],
  ['has pwd, session pwd@1h, max_age 60', 'verify', 'the last proof is older than max_age'],
  ['has pwd, did pwd, reset', 'reset_password', 'others may know the password'],
  ['has pwd, did pwd, acr what', 'second_factor', 'none of the acr_values is known here'],
  ['acr what', 'second_factor', 'none of the acr_values is known here'],
  ['has pwd totp, did pwd, acr high', 'second_factor', 'the client asks for level 2'],
  [
    'has pwd totp, session pwd@2h totp@2h seen@2h, acr high',
    'verify',
    'the client asks for level 2, and the session was idle',
  ],
  ['has pwd, session pwd@2d, acr high', 'verify', 'the client asks for level 2, and the proofs are too old'],
  [
    'has pwd, did pwd, acr top, second totp',
    'second_factor',
    'the client asks for level 3, which no allowed factor reaches',
  ],
  [
    'has pwd totp, did pwd, acr top',
    'second_factor',
    'the client asks for level 3, and what the user has comes before what is added',
  ],
  ['has pwd totp, did pwd, risk step_up', 'second_factor', 'the risk asks for more'],
  ['has pwd, did pwd, risk step_up', 'second_factor', 'the risk asks for more, and there is nothing more to ask for'],
  ['has pwd totp, did pwd, mfa required', 'second_factor', 'the policy asks for a second factor'],
  [
    'has pwd, did pwd, mfa required, second mail',
    'second_factor',
    'the policy asks for a second factor, and none can be enrolled',
  ],
  ['has pwd totp, did pwd', 'second_factor', 'the user has a second factor'],
  ['has pwd, did pwd', 'second_factor', 'the user has no second factor, and need not have one'],
  ['has pwd totp, session pwd', 'second_factor', 'the session was let in as it is'],
  ['has pwd totp, did pwd, trusted', 'second_factor', 'the device is trusted'],
  ['has pwd totp, did pwd, mfa off', 'second_factor', 'the policy asks for no second factor'],
  ['has pwd totp, did pwd, mfa risk', 'second_factor', 'the risk asks for no second factor'],
  ['has key, did key', 'second_factor', 'two factors are proven'],
  ['has pwd, did pwd, mfa required, grace 7, passed enrol', 'enrol', 'put off within the time of grace'],
  ['has pwd, session pwd@1h, mfa required', 'verify', 'the proofs are too old to add a factor'],
  ['has pwd, did pwd, mfa required', 'enrol', 'no factor that would do is enrolled'],
  ['has pwd totp, did pwd totp', 'recovery_codes', 'there is no way back when the second factor is lost'],
])('%s: why', (facts, step, because) => {
  expect(plan(factsFrom(facts)).why.at(-1)).toMatchObject({ step, because });
});

describe('who is through', () => {
  const doneOf = (facts: string) => {
    const { outcome } = plan(factsFrom(facts));
    if (!('done' in outcome)) throw new Error(shown(outcome));
    return outcome.done;
  };

  test.each([
    ['session pwd@2h totp@5m', 300],
    ['session pwd@2h totp@1h, did pwd', 0],
    ['session key@1h pwd@2m, first key', 3600],
  ])('%s: auth_time is that of the newest proof that counts', (facts, age) => {
    expect(doneOf(`has pwd key, ${facts}`).authTime).toBe(NOW - age);
  });

  test('it is never in the future, whatever the clock of another node says', () => {
    const facts = factsFrom('has pwd, did pwd');
    expect(plan({ ...facts, now: NOW - 5 }).outcome).toMatchObject({ done: { authTime: NOW - 5 } });
  });

  test('the session keeps what counts at other clients, too, and of one factor the newest', () => {
    const { proofs, amr } = doneOf('has pwd key, session pwd@2h totp@1h, did key, first key, second');
    expect(proofs).toEqual(proofsOf('pwd@2h totp@1h key'));
    expect(amr).toEqual(['user', 'hwk', 'mfa']);
    expect(doneOf('has pwd, session pwd@2h, did pwd').proofs).toEqual(proofsOf('pwd'));
  });

  test.each<[string, number, number]>([
    ['session pwd@2h totp@2h seen@5m', 300, 300],
    ['session pwd@2h totp@2h seen@2h', 7200, 7200],
    ['session pwd totp, pauses 5m 20m', 300, 1200],
    ['session pwd@2h totp@2h seen@2h, did pwd', 0, 7200],
    ['session pwd totp, pauses 2h 2h, did pwd', 0, 7200],
    ['session pwd totp, pauses 2h 2h, did key', 0, 0],
    ['did pwd, mfa off', 0, 0],
  ])('%s: the session keeps pauses of %i and %i s in mind', (facts, proof, aal3) => {
    expect(doneOf(`has pwd, ${facts}`).pauses).toEqual({ proof, aal3 });
  });

  test.each([
    ['did pwd', '', 'low'],
    ['did key', '', 'top'],
    ['did key', 'acr high', 'high'],
    ['did key', 'acr low high', 'high'],
    ['did synced', 'acr top high', 'high'],
  ])('%s, %s: the acr is the best that was asked for, else the best that is true: %s', (did, asked, acr) => {
    const done = doneOf(`has pwd key, mfa off, ${did}, ${asked}`);
    expect(done.acr).toBe(acr);
    expect(LADDER.find((level) => level.acr === acr)!.aal).toBeLessThanOrEqual(aalOf(done.proofs));
  });

  test('below the lowest level of the tenant no acr is told', () => {
    const ladder = LADDER.filter(({ aal }) => aal > 1);
    expect(plan({ ...factsFrom('has pwd, did pwd'), ladder }).outcome).toMatchObject({ done: { acr: undefined } });
  });
});

describeTable(
  'whoever has just shown a mailbox, where it is no way to sign in',
  'first key idp, second totp, did mail',
  `
                 | has mail         | has mail pwd     | has mail totp    | has mail key
  -              | enrol key        | enrol key        | identify key,idp | 1st key
  first idp      | identify idp     | identify idp     | identify idp     | identify idp
  did mail key   | top user+hwk+mfa | top user+hwk+mfa | top user+hwk+mfa | top user+hwk+mfa
`,
);

describeTable(
  'the second factor was put off, and the session goes on',
  'mfa required, grace 7, session pwd@1h',
  `
                    | has pwd         | has pwd totp
  demanded 1d       | low pwd         | 2nd totp
  demanded 8d       | 1st pwd         | 2nd totp
  -                 | 1st pwd         | 2nd totp
`,
);

describeTable(
  'a passkey is offered after a password',
  'has pwd, offered, maker, did pwd',
  `
                                          | -             | has pwd totp  | has pwd totp codes, did pwd totp | has pwd key, did pwd touch | did mail pwd  | did idp, has idp    
  -                                       | passkey_offer | 2nd totp      | passkey_offer                    | high pwd+user+hwk+mfa      | passkey_offer | low
  mfa off                                 | passkey_offer | low pwd       | passkey_offer                    | high pwd+user+hwk+mfa      | passkey_offer | low
  mfa off, trusted                        | passkey_offer | low pwd       | passkey_offer                    | high pwd+user+hwk+mfa      | passkey_offer | low
  passed passkey_offer                    | low pwd       | 2nd totp      | high pwd+otp+mfa                 | high pwd+user+hwk+mfa      | low pwd       | low
  mfa required                            | enrol key,totp | 2nd totp     | passkey_offer                    | high pwd+user+hwk+mfa      | enrol key,totp | enrol key,totp
  mfa required, grace 7, passed enrol     | low pwd       | 2nd totp      | high pwd+otp+mfa                 | high pwd+user+hwk+mfa      | low pwd       | low
  first pwd idp, second totp codes        | low pwd       | 2nd totp      | high pwd+otp+mfa                 | low pwd                    | low pwd       | low
  first pwd idp, second totp key codes    | passkey_offer | 2nd totp      | passkey_offer                    | high pwd+user+hwk+mfa      | passkey_offer | low
  terms                                   | terms         | 2nd totp      | terms                            | terms                      | terms         | terms
  profile                                 | profile       | 2nd totp      | profile                          | profile                    | profile       | profile
  reset                                   | reset_password | reset_password | passkey_offer                  | high pwd+user+hwk+mfa      | passkey_offer | low
  session pwd@1h                          | low pwd       | 2nd totp      | high pwd+otp+mfa                 | high pwd+user+hwk+mfa      | low pwd       | low pwd+mfa
  session pwd@1h, of eve                  | passkey_offer | 2nd totp      | passkey_offer                    | high pwd+user+hwk+mfa      | passkey_offer | low
  risk step_up                            | denied        | 2nd totp      | high pwd+otp+mfa                 | high pwd+user+hwk+mfa      | low pwd       | denied
`,
);

test.each([
  ['did pwd@5m, offered, maker', 'passkey_offer'],
  ['did pwd@301s, offered, maker', 'low pwd'],
  ['did pwd, offered', 'low pwd'],
  ['did pwd, maker', 'low pwd'],
  // What was made of the offer is no reason to ask for it.
  ['did pwd, offered, maker, passed passkey_offer, has pwd key', 'low pwd'],
  ['did pwd, offered, maker, passed passkey_offer, has pwd key, mfa required', '2nd key'],
])('has pwd, %s: %s', (facts, expected) => {
  expect(shown(plan(factsFrom(`has pwd, ${facts}`)).outcome)).toBe(expected);
});
