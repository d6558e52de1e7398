import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { accountsContract } from '../contract/accounts.ts';
import { artifactsContract } from '../contract/artifacts.ts';
import { durabilityContract } from '../contract/durability.ts';
import { recordsContract } from '../contract/records.ts';
import { openSqlite } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
afterAll(() => rm(folder, { recursive: true }));
const open = () => openSqlite(join(folder, 'gatehouse.sqlite'));

artifactsContract(open);
recordsContract(open);
durabilityContract(open);
accountsContract(open);
