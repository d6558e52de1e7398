type Payload = Record<string, unknown> & { grantId?: string; uid?: string; userCode?: string };
type Entry = { payload: Payload; expiresAt: number };

/**
 * The adapter of the library's own documentation: one Map, no I/O, nothing shared. This is the 1.0 of the benchmark.
 * `clients` are found as an adapter finds them, by id.
 */
export function memoryAdapter(clients: readonly { client_id: string }[]) {
  const entries = new Map<string, Entry>();
  const byUid = new Map<string, string>();
  const byGrant = new Map<string, Set<string>>();
  for (const client of clients) {
    entries.set(`Client:${client.client_id}`, { payload: { ...client }, expiresAt: Infinity });
  }

  return (model: string) => {
    const key = (id: string) => `${model}:${id}`;
    const get = (at: string | undefined) => {
      const entry = at === undefined ? undefined : entries.get(at);
      return entry && entry.expiresAt > Date.now() ? entry.payload : undefined;
    };
    return {
      async upsert(id: string, payload: Payload, expiresIn: number) {
        entries.set(key(id), { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
        if (payload.uid) byUid.set(payload.uid, key(id));
        if (payload.grantId && model !== 'Session') {
          const ofGrant = byGrant.get(payload.grantId) ?? new Set();
          byGrant.set(payload.grantId, ofGrant.add(key(id)));
        }
      },
      find: async (id: string) => get(key(id)),
      findByUid: async (uid: string) => get(byUid.get(uid)),
      findByUserCode: async () => undefined,
      async consume(id: string) {
        const payload = get(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id: string) => void entries.delete(key(id)),
      async revokeByGrantId(grantId: string) {
        for (const at of byGrant.get(grantId) ?? []) entries.delete(at);
        byGrant.delete(grantId);
      },
    };
  };
}
