import type { Offer } from '../steps/identify.ts';

/** The way of who does not know the password any more: out of the sign-in, and back to it. */
export const offerForgot: Offer = async ({ tenant, interaction: { uid, client } }, factors) =>
  factors.includes('password')
    ? { url: `${tenant.basePath}/recovery?${new URLSearchParams({ interaction: uid, client: client.id })}` }
    : undefined;
