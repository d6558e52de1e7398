import mongoose, { type Connection } from 'mongoose';
import { badConfig, unavailable } from '../../core/errors.ts';

const BAD_URI = new Set(['MongoParseError', 'MongoRuntimeError', 'MongoAPIError', 'MongoInvalidArgumentError']);

/**
 * Connects by the options that the store's promises rest on; the URI may set others. What was answered is on the disks of a
 * majority, a lost answer is asked for again once, and no call waits longer than some seconds.
 */
export async function connect(uri: string): Promise<Connection> {
  try {
    return await mongoose
      .createConnection(uri, {
        writeConcern: { w: 'majority', journal: true },
        retryWrites: true,
        serverSelectionTimeoutMS: 3000,
        connectTimeoutMS: 3000,
        socketTimeoutMS: 8000,
        waitQueueTimeoutMS: 3000,
        ignoreUndefined: true,
        bufferCommands: false,
        autoIndex: false,
        autoCreate: false,
        sanitizeFilter: true,
      })
      .asPromise();
  } catch (error) {
    throw BAD_URI.has((error as Error).name) ? badUri() : unavailable('MongoDB', error);
  }
}

/** Error `bad_config` for what is no connection string; connects to nothing. */
export function checkUri(uri: string): void {
  try {
    new mongoose.mongo.MongoClient(uri);
  } catch {
    throw badUri();
  }
}

// The driver's own words may hold the URI, and so a password.
const badUri = () => badConfig('MONGODB_URI is not a MongoDB connection string');
