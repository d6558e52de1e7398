import { describeWith, mongoUri } from '../../../test/support/engines.ts';
import { accountsContract } from '../contract/accounts.ts';
import { artifactsContract } from '../contract/artifacts.ts';
import { recordsContract } from '../contract/records.ts';
import { openMongo } from './open.ts';

describeWith('mongo', 'MongoDB', () => {
  artifactsContract(() => openMongo(mongoUri()));
  recordsContract(() => openMongo(mongoUri()));
  accountsContract(() => openMongo(mongoUri()));
});
