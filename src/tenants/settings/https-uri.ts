import { z } from 'zod';
import { isLoopback } from '../../core/loopback.ts';

/** Where we ask others. */
export const httpsUri = z
  .string()
  .max(2048)
  .refine((value) => {
    const url = URL.parse(value);
    if (!url || url.username || url.password || url.hash) return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  }, 'must be an https URI without user or fragment (http only on this machine)');
