import { z } from 'zod';
import { hasHidden } from '../../core/text.ts';

/** What people are shown as the name of somebody. */
export const shownName = z
  .string()
  .max(100)
  .refine(
    (value) => value.trim() !== '' && !hasHidden(value),
    'must not be blank, nor have control, invisible or text-direction characters',
  );
