import { fileURLToPath } from 'node:url';

/** The folder with `views/`, `public/` and `config/`. `src/core` and, once built, `dist/core` are equally deep below it. */
export const packageRoot: string = fileURLToPath(new URL('../../', import.meta.url));
