import type { LoginStep } from '../visit.ts';

/** To leave a sign-in at any of its steps, back to the client. */
export const cancelStep: LoginStep = {
  pages: {},
  forms: {
    cancel: {
      answers: 'any',
      take: ({ ctx, interaction }) =>
        ctx.state.interactions.abort(
          ctx.req,
          ctx.res,
          interaction.uid,
          'access_denied',
          'the user cancelled the sign-in',
        ),
    },
  },
};
