import { artifactsContract } from '../contract/artifacts.ts';
import { recordsContract } from '../contract/records.ts';
import { openSqlite } from './open.ts';

artifactsContract(() => openSqlite(':memory:'));
recordsContract(() => openSqlite(':memory:'));
