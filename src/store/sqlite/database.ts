import { DatabaseSync } from 'node:sqlite';
import { badConfig } from '../../core/errors.ts';
import { publicError, resultCode } from './failures.ts';

/** "GtHs": tells our file from any other SQLite file (PRAGMA application_id). */
const APPLICATION = 0x47744873;
const NOTADB = 26;

/**
 * Each entry leads from the schema version of its index to the next one; never edit one that was released.
 * Keys are kept in plain rowid tables: rows of a kilobyte make WITHOUT ROWID trees deep.
 * `marks` holds counters, replay marks and revoked grants: a few bytes each, so there it pays.
 */
const STEPS = [
  `CREATE TABLE artifacts (
     tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
     version INTEGER NOT NULL, consumed INTEGER, expires INTEGER NOT NULL,
     grant_id TEXT, uid TEXT, user_code TEXT, account_id TEXT, payload TEXT NOT NULL,
     UNIQUE (tenant, kind, id)
   );
   CREATE INDEX artifacts_grant_id ON artifacts (tenant, grant_id) WHERE grant_id IS NOT NULL;
   CREATE INDEX artifacts_uid ON artifacts (tenant, kind, uid) WHERE uid IS NOT NULL;
   CREATE INDEX artifacts_user_code ON artifacts (tenant, kind, user_code) WHERE user_code IS NOT NULL;
   CREATE INDEX artifacts_account_id ON artifacts (tenant, account_id) WHERE account_id IS NOT NULL;
   CREATE INDEX artifacts_expires ON artifacts (expires);
   CREATE TABLE marks (
     tenant TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, expires INTEGER NOT NULL,
     PRIMARY KEY (tenant, name)
   ) WITHOUT ROWID;
   CREATE INDEX marks_expires ON marks (expires);`,
];

/** Opens and, where needed, makes or upgrades the file. Errors `bad_config` (not ours, or newer) and `unavailable`. */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 5000 });
    // FULL: an answered write outlives a power cut. A longer WAL than usual writes a page that changes often fewer times.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF`);
    migrate(db, path);
    // From here on waiting is the writer's, who does not block the process for it.
    db.exec('PRAGMA busy_timeout = 2');
    return db;
  } catch (error) {
    db?.close();
    if (resultCode(error) === NOTADB) throw badConfig(`${path} is not a SQLite database`, [], error);
    throw publicError(error);
  }
}

function migrate(db: DatabaseSync, path: string): void {
  if (pragma(db, 'user_version') === STEPS.length && pragma(db, 'application_id') === APPLICATION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(db, 'user_version');
    const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
    if (tables > 0 && pragma(db, 'application_id') !== APPLICATION) {
      throw badConfig(`${path} is a SQLite database of another program`);
    }
    if (version > STEPS.length) {
      throw badConfig(
        `${path} was written by a newer Gatehouse (schema ${version}, this one knows up to ${STEPS.length})`,
      );
    }
    for (const step of STEPS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${STEPS.length}; PRAGMA application_id = ${APPLICATION}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()![name]);
