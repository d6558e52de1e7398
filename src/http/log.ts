import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Answered } from './entry.ts';

/** JSON lines, written in batches: a line costs microseconds. Query strings are never logged, they carry codes and tokens. */
export function createLog(level: string): { log: Logger; flush: () => void } {
  const stream = destination({ dest: 1, sync: false, minLength: 4096 });
  const timer = setInterval(() => stream.flush(), 250).unref();
  const log = pino(
    { level, base: undefined, timestamp: stdTimeFunctions.isoTime, redact: ['authorization', 'cookie'] },
    stream,
  );
  return {
    log,
    flush() {
      clearInterval(timer);
      stream.flushSync();
    },
  };
}

/** One line for each answer: faults as errors, refusals as information, the rest for those who debug. */
export function logRequest(log: Logger, { req, res, route, tenant, requestId, startedAt }: Answered): void {
  const level = res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'info' : 'debug';
  if (!log.isLevelEnabled(level)) return;
  const ms = Math.round((performance.now() - startedAt) * 10) / 10;
  log[level]({ requestId, tenant, method: req.method, route, status: res.statusCode, ms }, 'request');
}
