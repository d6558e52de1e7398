import { rpInitiatedLogout } from './modules/rp-initiated-logout.ts';
import { BASIC } from './plans.ts';
import { perResponseType, runPlan } from './suite/run.ts';

runPlan('conformance', [
  ...perResponseType(BASIC),
  {
    variant: { response_type: 'code', client_id: 'suite-post' },
    modules: ['oidcc-server-client-secret-post'],
  },
  // The plan oidcc-rp-initiated-logout.
  { variant: { response_type: 'code' }, modules: Object.keys(rpInitiatedLogout) },
  // Of the plan oidcc-dynamic, what needs no registration.
  {
    variant: { response_type: 'code' },
    modules: [
      'oidcc-ensure-redirect-uri-in-authorization-request',
      'oidcc-redirect-uri-query-OK',
      'oidcc-redirect-uri-query-mismatch',
      'oidcc-redirect-uri-query-added',
    ],
  },
]);
