import type { Modules } from '../suite/modules.ts';
import { claims } from './claims.ts';
import { codes } from './codes.ts';
import { prompts } from './prompts.ts';
import { requestObjects } from './request-objects.ts';
import { responses } from './responses.ts';
import { rpInitiatedLogout } from './rp-initiated-logout.ts';

export const modules: Modules = {
  ...responses,
  ...claims,
  ...prompts,
  ...codes,
  ...requestObjects,
  ...rpInitiatedLogout,
};
