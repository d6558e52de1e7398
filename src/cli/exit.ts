import { CommanderError } from 'commander';
import { type GatehouseError, isError } from '../core/errors.ts';

/** What the process ends with. Documented in `gatehouse --help`. */
export const EXIT = { ok: 0, failed: 1, badInput: 2, differs: 3, badConfig: 78 } as const;

const BY_CODE: Record<string, number> = { invalid_input: EXIT.badInput, bad_config: EXIT.badConfig };

/** Says on stderr what went wrong, as JSON where that is wanted, and gives the exit code. */
export function report(error: unknown, json: boolean): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  const said = isError(error) ? publicPart(error) : { code: 'internal', message: words(error) };
  console.error(json ? JSON.stringify({ error: said }) : `gatehouse: ${said.message}`);
  return BY_CODE[said.code] ?? EXIT.failed;
}

/** Who runs the command may know why a store is not there. */
const publicPart = ({ code, message, problems, cause }: GatehouseError) => ({
  code,
  message: code === 'unavailable' && cause instanceof Error ? `${message}: ${cause.message}` : message,
  problems,
});

type Failure = { code?: string; syscall?: string; port?: number; address?: string; hostname?: string };

function words(error: unknown): string {
  const { code, syscall, port, address, hostname } = error as Failure;
  if (code === 'EADDRINUSE') return `the port ${port} is in use by another program: stop it, or set PORT to another`;
  if (syscall === 'listen' && code === 'EACCES')
    return `may not listen on port ${port}: this needs a privilege, set PORT to 1024 or above`;
  if (syscall === 'listen' && code === 'EADDRNOTAVAIL')
    return `this machine does not have the address ${address}: set HOST to one that it has, or leave it out for all`;
  if (syscall === 'getaddrinfo')
    return `${hostname} is no known host (${code}): is the name right, and can this machine resolve it?`;
  return error instanceof Error ? error.message : String(error);
}
