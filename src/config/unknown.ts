import { settings } from './schema.ts';

/** What Kubernetes puts into every pod beside a service called "gatehouse", and what the tests are told. */
const OF_OTHERS = /^GATEHOUSE_(SERVICE_(HOST|PORT)|PORT_\d+_|TEST_)/;
const SERVICE_LINK = /^(tcp|udp|sctp):/;

/**
 * Names that say they are settings of ours and are none: mistyped, or of another version. Without a word about it
 * the default would hold, and be taken for what was written.
 */
export function unknownSettings(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(Object.keys(settings).flatMap((name) => [name, `${name}_FILE`]));
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith('GATEHOUSE_') && value && !known.has(name))
    .filter(([name, value]) => !OF_OTHERS.test(name) && !SERVICE_LINK.test(value!))
    .map(([name]) => name)
    .sort();
}

export const unknownSetting = (name: string) => `${name} is no setting, and does nothing: is it spelled right?`;
