import { badConfig } from '../../core/errors.ts';

export type Address = {
  mode: 'single' | 'cluster' | 'sentinel';
  tls: boolean;
  nodes: { host: string; port: number }[];
  username: string | undefined;
  password: string | undefined;
  /** Name of the group that Sentinel watches. */
  master: string | undefined;
  db: number;
};

const FORM = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^/?#]*))?$/;
const ALLOWED =
  'redis://[user:password@]host[:port][/db], redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master; rediss for TLS';

/** Several hosts in one URL is more than `URL` reads. Error `bad_config`, which never shows the URL: it may hold a password. */
export function parseAddress(url: string): Address {
  const [, secure, mode = 'single', user, hosts, path = ''] = FORM.exec(url) ?? [];
  const nodes = hosts?.split(',').map((host) => node(host, mode === 'sentinel' ? 26_379 : 6379));
  const pathFits = { single: /^\d{0,4}$/, cluster: /^$/, sentinel: /./ }[mode]!.test(path);
  if (!nodes || nodes.includes(undefined) || !pathFits || (mode === 'single' && nodes.length > 1)) {
    throw badConfig(`REDIS_URL is not of the form ${ALLOWED}`);
  }
  const [username, ...password] = (user ?? '').split(':').map(decodeURIComponent);
  return {
    mode: mode as Address['mode'],
    tls: secure === 's',
    nodes: nodes as Address['nodes'],
    username: username || undefined,
    password: password.join(':') || undefined,
    master: mode === 'sentinel' ? decodeURIComponent(path) : undefined,
    db: mode === 'single' ? Number(path) : 0,
  };
}

function node(text: string, standard: number): Address['nodes'][number] | undefined {
  const [, bracketed, plain, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host ? { host, port: port ? Number(port) : standard } : undefined;
}
