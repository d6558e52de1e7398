import { expect, test } from '@jest/globals';
import { unknownSettings } from './unknown.ts';

test('settings that are none are named', () => {
  const env = { GATEHOUSE_WORKER: '2', GATEHOUSE_MASTERKEY: 'x', GATEHOUSE_PORT: '80', PORT: '1', HOME: '/' };
  expect(unknownSettings(env)).toEqual(['GATEHOUSE_MASTERKEY', 'GATEHOUSE_PORT', 'GATEHOUSE_WORKER']);
});

test('what is a setting, is empty or comes from elsewhere is not', () => {
  const kubernetes = {
    GATEHOUSE_SERVICE_HOST: '10.0.0.1',
    GATEHOUSE_SERVICE_PORT_HTTP: '80',
    GATEHOUSE_PORT: 'tcp://10.0.0.1:80',
    GATEHOUSE_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  const ours = { GATEHOUSE_WORKERS: '2', GATEHOUSE_MASTER_KEY_FILE: '/run/key', GATEHOUSE_OLD: '' };
  expect(unknownSettings({ ...kubernetes, ...ours, GATEHOUSE_TEST_REQUIRE: 'redis' })).toEqual([]);
});
