import { z } from 'zod';

export const recovery = z
  .strictObject({
    reset_minutes: z.number().int().min(5).max(30).default(30).describe('a link to a new password ends after so long'),
    delay_hours: z
      .number()
      .int()
      .min(24)
      .max(720)
      .default(72)
      .describe('who has lost the second factor waits so long, while all addresses are told and may say no'),
    undo_days: z
      .number()
      .int()
      .min(1)
      .max(30)
      .default(7)
      .describe('a change of the e-mail address can be undone for so long'),
    invitation_days: z.number().int().min(1).max(90).default(7).describe('an invitation ends after so long'),
  })
  .prefault({});
