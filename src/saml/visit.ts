import type { ParameterizedContext } from 'koa';
import type { RequestState } from '../http/context.ts';
import type { ServiceProvider } from './service-provider.ts';

/** What the requests carry; `sp` once it is known whose request it is. */
export type SamlState = RequestState & { sp?: ServiceProvider };
export type SamlContext = ParameterizedContext<SamlState>;
