import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isError, misdirected, uriTooLong } from '../core/errors.ts';
import type { Networks } from '../core/networks.ts';
import type { Documents } from '../oidc/documents.ts';
import type { Oidc } from '../oidc/oidc.ts';
import type { Found, Resolver } from '../tenants/resolver.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { makeCanonical } from './canonical.ts';
import { originOf } from './client-address.ts';
import { contentSecurityPolicy } from './csp.ts';
import type { MutualTlsAddress } from './mutual-tls.ts';
import type { PageState, PagesApp } from './pages-app.ts';
import { isDocument, isForPrograms, MAX_URL, protocolMethods, routeOf } from './protocol-routes.ts';
import { newRequestId } from './request-id.ts';
import { type HeaderFields, securityHeaders } from './security-headers.ts';
import { sendDocument } from './send-document.ts';

/** A request whose answer is out. */
export type Answered = {
  req: IncomingMessage;
  res: ServerResponse;
  /** From a closed set, so that it can be a label: a path of the protocol, or what kind of answer it was. */
  route: string;
  tenant: string | undefined;
  requestId: string;
  /** `performance.now()`. */
  startedAt: number;
};

export type EntryDeps = {
  resolver: Resolver;
  oidc: Oidc;
  pages: PagesApp;
  isProxy: Networks;
  /** Absent: there is no address of its own for callers with certificates. */
  mutualTls?: MutualTlsAddress | undefined;
  /** Answers what belongs to no tenant (health, demo); false to go on. */
  own: (req: IncomingMessage, res: ServerResponse) => boolean;
  /** Called when the answer is out. */
  done: (answered: Answered) => void;
  fault: (error: Error, requestId: string) => void;
};

/** RFC 9701 4: the one answer of the protocol that comes in two forms. */
const SIGNED_INTROSPECTION = 'application/token-introspection+jwt';
const acceptOf = (given: string | undefined) =>
  given?.startsWith(SIGNED_INTROSPECTION) ? SIGNED_INTROSPECTION : 'application/json';

const PAGE_POLICY = contentSecurityPolicy();

/**
 * Every request comes in here. Bare protocol requests go to the tenant's core without a detour (this is the path that
 * must be fast), documents are sent from memory, all else is for the pages.
 */
export function createEntry(deps: EntryDeps): RequestListener {
  return (req, res) => {
    const startedAt = performance.now();
    const { ip, host, protocol } = originOf(req, deps.isProxy);
    const requestId = newRequestId();
    const state: PageState = { requestId, ip };
    const url = req.url ?? '/';
    const isForCertificates = deps.mutualTls?.isFor(host) === true;
    let found: Found | null = null;
    let route = 'none';
    res.once('close', () => deps.done({ req, res, route, tenant: found?.tenant.id, requestId, startedAt }));

    if (deps.own(req, res)) {
      route = 'own';
      return;
    }
    if (url.length > MAX_URL) return failed(uriTooLong(MAX_URL));
    try {
      const resolved = isForCertificates ? deps.mutualTls!.resolve(url) : deps.resolver.resolve(host, url);
      if (resolved instanceof Promise) resolved.then(dispatch).catch(failed);
      else dispatch(resolved);
    } catch (error) {
      failed(error);
    }

    function dispatch(result: Found | null): void {
      found = result;
      if (!found) return void unknown().catch(failed);
      const { tenant, rest } = found;
      const query = rest.indexOf('?');
      const path = query < 0 ? rest : rest.slice(0, query);
      const method = req.method === 'HEAD' ? 'GET' : (req.method ?? '');
      const oidc = deps.oidc.of(tenant);
      const isActive = tenant.status === 'active';

      if (isActive && method === 'GET' && isDocument(path)) {
        route = 'document';
        const documents = oidc.documents();
        const send = (ready: Documents) => {
          const document = ready[path];
          if (document) sendDocument(req, res, document, securityHeaders(tenant.issuer), requestId);
          else page(tenant, rest, path);
        };
        if (documents instanceof Promise) documents.then(send).catch(failed);
        else send(documents);
        return;
      }
      if (isActive && protocolMethods(path, tenant)?.includes(method)) {
        route = routeOf(path);
        prepare(tenant, rest, path);
        oidc.handle(req, res).catch(failed);
        return;
      }
      page(tenant, rest, path);
    }

    function page(tenant: Tenant, rest: string, path: string): void {
      route = 'page';
      prepare(tenant, rest, path);
      const { interactions, browserSessions, backchannelRequests } = deps.oidc.of(tenant);
      toPages({ ...state, tenant, interactions, browserSessions, backchannelRequests });
    }

    function prepare(tenant: Tenant, rest: string, path: string): void {
      setHeaders(securityHeaders(tenant.issuer));
      if (/^\/(auth|device|session\/end)/.test(path)) {
        res.setHeader('content-security-policy', PAGE_POLICY);
      }
      // Some libraries ask for HTML first, whatever they call (Java's do), and would be shown a page.
      if (isForPrograms(path)) req.headers.accept = acceptOf(req.headers.accept);
      makeCanonical(req, tenant, rest, ip, isForCertificates ? deps.mutualTls!.addressOf(tenant) : undefined);
    }

    function setHeaders(headers: HeaderFields): void {
      for (const name in headers) res.setHeader(name, headers[name]!);
      res.setHeader('x-request-id', requestId);
    }

    async function unknown(): Promise<void> {
      setHeaders(securityHeaders(`${protocol}:`));
      const isKnown = isForCertificates || (await deps.resolver.knowsHost(host));
      toPages(isKnown ? state : { ...state, refusal: misdirected(host) });
    }

    function failed(error: unknown): void {
      if (!isError(error) || error.status >= 500) deps.fault(error as Error, requestId);
      if (res.headersSent) {
        res.destroy();
        return;
      }
      setHeaders(securityHeaders(`${protocol}:`));
      toPages({ ...state, refusal: error as Error });
    }

    function toPages(pageState: PageState): void {
      deps.pages(req, res, pageState);
    }
  };
}
