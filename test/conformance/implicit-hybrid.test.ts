import { HYBRID, IMPLICIT } from './plans.ts';
import { perResponseType, runPlan } from './suite/run.ts';

runPlan('conformance', [
  ...perResponseType(IMPLICIT),
  ...perResponseType(HYBRID),
  {
    variant: { response_type: 'code id_token', client_id: 'suite-post' },
    modules: ['oidcc-server-client-secret-post'],
  },
]);
