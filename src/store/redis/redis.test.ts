import { describeWith, redisUrl } from '../../../test/support/engines.ts';
import { artifactsContract } from '../contract/artifacts.ts';
import { openRedis } from './open.ts';

describeWith('redis', 'one server', () => artifactsContract(() => openRedis(redisUrl()), 'AuthorizationCode'));
