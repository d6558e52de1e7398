import type { ParameterizedContext } from 'koa';
import type { RequestState } from '../http/context.ts';
import type { Interaction } from '../oidc/interaction.ts';

/** What the requests of an interaction carry; `interaction` once it is loaded. */
export type LoginState = RequestState & { interaction?: Interaction };

export type LoginContext = ParameterizedContext<LoginState>;
