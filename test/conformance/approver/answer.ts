import { createUserAgent, formsOf, to } from '../../support/user-agent.ts';

export type Person = { email: string; password: string };
/** As the suite calls them. */
export const ACTIONS = { allow: 'approve', deny: 'deny' } as const;
export type Action = keyof typeof ACTIONS;

/**
 * Does what the person would do: signs in on the account pages and answers the newest request that waits there, which is
 * the lowest. Modules leave others behind them. Throws where nothing waits.
 */
export async function answerNewest(issuer: string, { email, password }: Person, action: Action): Promise<void> {
  // Somebody who has just signed in: what a request with `acr_values` takes.
  const agent = createUserAgent();
  const address = `${issuer}/account/requests`;
  const signIn = await agent.get(address);
  const page = await agent.submit(signIn, { identifier: email, password }, to('login'));
  const form = formsOf(page).filter(to('answer')).at(-1);
  if (!form) throw new Error(`nothing waits for ${email} at ${page.url} (${page.status})`);
  const { request } = form.fields;
  const done = await agent.post(form.action, { ...form.fields, decision: ACTIONS[action] });
  const isLeft = formsOf(done).some(({ fields }) => fields.request === request);
  if (done.status !== 200 || done.url !== address || isLeft)
    throw new Error(`not answered: ${done.status} ${done.url}`);
}
