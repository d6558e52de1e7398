import { startApprover } from './server.ts';

/** `npm run ciba-approver -- <issuer> [port] [host]`, beside a run of the suite; see docs/conformance.md. */

const [issuer, port = '9000', host = '127.0.0.1'] = process.argv.slice(2);
if (!issuer || !URL.canParse(issuer)) {
  process.stderr.write('usage: npm run ciba-approver -- <issuer> [port] [host]\n');
  process.exit(2);
}
const person = { email: 'ada@example.com', password: 'correct horse battery staple' };
const { url } = await startApprover(issuer.replace(/\/$/, ''), person, Number(port), host);
process.stdout.write(`"automated_ciba_approval_url": "${url}/?auth_req_id={auth_req_id}&action={action}"\n`);
