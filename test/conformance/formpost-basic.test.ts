import { BASIC } from './plans.ts';
import { perResponseType, runPlan } from './suite/run.ts';

runPlan('conformance', [
  ...perResponseType(BASIC, { form_post: true }),
  {
    variant: { response_type: 'code', form_post: true, client_id: 'suite-post' },
    modules: ['oidcc-server-client-secret-post'],
  },
]);
