export { stopEngines as default } from './find-engines.js';
