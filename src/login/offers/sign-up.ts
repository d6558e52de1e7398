import type { Offer } from '../steps/identify.ts';
import { mayBegin, SHOWN } from '../steps/sign-up.ts';
import { firstPath } from '../visit.ts';

/** The way to a new account. */
export const offerSignUp: Offer = async (visit) => (mayBegin(visit) ? { url: firstPath(visit, SHOWN) } : undefined);
