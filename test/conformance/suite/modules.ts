import type { Plan } from './flow.ts';

/** What the suite's modules demand, by its names for them. */
export type Modules<P = Plan> = Record<string, (plan: P) => Promise<void>>;
