/** Whether a link or image may lead there: http or https, never `javascript:` and the like. */
export const isWebUri = (uri: string): boolean => /^https?:$/.test(URL.parse(uri)?.protocol ?? '');

/** The URI if it is one of the web, else nothing. */
export const webUri = (uri: string | undefined): string | undefined =>
  uri !== undefined && isWebUri(uri) ? uri : undefined;
