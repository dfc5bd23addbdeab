// The HTTPS door: what kubectl knocks at. Turns HTTP into RestRequests and RestAnswers into HTTP; decides nothing itself.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { explainListening, type Logger } from '../../../shared/base/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { KeyPair } from '../../../shared/pki/index.ts';
import type { Auditor, AuditTrail } from '../audit/index.ts';
import { type Authenticate, anonymous } from '../auth/index.ts';
import type { Credentials, RestAnswer, RestRequest, UserInfo } from '../request.ts';
import type { JsonTexts } from '../serialise.ts';
import { isStreamed, negotiateFor, restRequest, subresourceOf, wishesOf } from './asked.ts';
import { nobody, openingOf } from './audited.ts';
import { closeUnread } from './close-unread.ts';
import type { Encoding } from './negotiate.ts';
import { PeerSubjects } from './peer-subjects.ts';
import { proxyRequest, proxyUpgrade } from './proxy-exchange.ts';
import { readBody } from './read-body.ts';
import { refuseConnect, refusePlainHttp, refuseUnreadable } from './unreadable-request.ts';
import { refuseOnSocket, StreamUpgrades } from './upgrade/index.ts';
import { WatchFrames } from './watch-frames.ts';
import { withPathOnly } from './with-path-only.ts';
import { type AnswerOptions, writeAnswer } from './write-answer.ts';

export interface HttpDoorOptions {
  handle(request: RestRequest): Promise<RestAnswer>;
  /** Whether another server answers a path; default: none does. */
  passesOn?(path: string): boolean;
  authenticate: Authenticate;
  /** Makes JSON of answers. */
  texts: JsonTexts;
  /** PEM */
  server: KeyPair;
  /** PEM: whose client certificates are believed. */
  ca: string;
  bind: string;
  /** 0: any free one. */
  port: number;
  log: Logger;
  /** Absent: nobody keeps an audit log. */
  audit?: Auditor | undefined;
}

/** How long a connection may take for its request's headers, milliseconds. */
const headersTimeoutMs = 20_000;
/** Longer than kubectl's and client-go's own idle time, so that they close first. */
const keepAliveTimeoutMs = 120_000;
const maxConnections = 4096;
const maxHeaderBytes = 64 * 1024;

export class HttpDoor {
  private readonly options: HttpDoorOptions;
  private readonly upgrades: StreamUpgrades;
  private readonly subjects = new PeerSubjects();
  private readonly frames: WatchFrames;
  /** Every connection: the server itself forgets those that were upgraded, and does not know yet whom TLS still greets. */
  private readonly connections = new Set<Duplex>();
  /** What is being answered on a connection. */
  private readonly responses = new WeakMap<Duplex, ServerResponse>();
  private server: Server | undefined;

  constructor(options: HttpDoorOptions) {
    this.options = options;
    this.upgrades = new StreamUpgrades({ log: options.log });
    this.frames = new WatchFrames(options.texts);
  }

  /** The port that it listens at. */
  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address ? address.port : this.options.port;
  }

  async start(): Promise<void> {
    const { server: pair, ca, bind, port } = this.options;
    const server = createServer(
      {
        key: pair.key,
        cert: pair.certificate,
        ca,
        requestCert: true,
        // A client without a certificate, or with one of another CA, may still have a token.
        rejectUnauthorized: false,
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: headersTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        noDelay: true,
        // Who leaves it out is told so in a Status.
        requireHostHeader: false,
      },
      (request, response) => void this.serve(withPathOnly(request), response),
    );
    // A watch may last for hours; only the headers have a deadline.
    server.requestTimeout = 0;
    server.maxConnections = maxConnections;
    server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.once('close', () => this.connections.delete(socket));
    });
    server.on('tlsClientError', (error, socket) => {
      this.options.log.debug({ error: error.message }, 'TLS handshake failed');
      refusePlainHttp(error, socket, this.connections);
    });
    server.on('connect', (_request, socket) => refuseConnect(socket));
    server.on('clientError', (error, socket) => refuseUnreadable(error, socket, this.responses.get(socket)));
    server.on(
      'upgrade',
      (request, socket, head) => void this.serveUpgrade(withPathOnly(request), socket, head),
    );
    server.listen(port, bind);
    try {
      await once(server, 'listening');
    } catch (error) {
      throw explainListening(error, bind, port, '--https-port');
    }
    this.server = server;
  }

  /** Ends watches and streams too. */
  async stop(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    await this.upgrades.stop();
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.responses.set(request.socket, response);
    let encoding: Encoding = 'json';
    // What is read may be a watch or a log; a write is done soon, whoever hears of it.
    const signal = request.method === 'GET' ? goneSignal(response) : undefined;
    let trail: AuditTrail | undefined;
    let answer: RestAnswer | undefined;
    try {
      const user = await this.enter(request, response);
      trail = this.options.audit?.begin(openingOf(request, user));
      if (trail) response.setHeader('Audit-Id', trail.id);
      const isProxied = this.isProxied(request);
      encoding = isProxied ? 'json' : negotiateFor(request);
      // Nobody who is not known may have anything done: what they send is not even read.
      const read = isProxied || user === anonymous ? undefined : () => readBody(request);
      const left = (call: () => void) => onGone(response, call);
      const asking = { user, read, onGone: left, signal, audit: trail };
      answer = await this.options.handle(restRequest(request, asking));
      if (answer.type === 'proxy') {
        for (const [name, value] of Object.entries(answer.turn?.headers ?? {}))
          response.setHeader(name, value);
        return await proxyRequest(request, response, answer.target, signal ?? goneSignal(response), trail);
      }
      trail?.answers(answer);
      if (answer.code >= 400) closeUnread(response);
      const { gzip, pretty } = wishesOf(request);
      await writeAnswer(response, answer, this.answering(encoding, gzip, pretty));
    } catch (error) {
      await this.answerError(response, error, encoding, trail);
    } finally {
      answer?.turn?.ends();
      trail?.ends();
    }
  }

  /** As every request, up to the answer: then the connection becomes something else, or is told why not. */
  private async serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    // What went wrong with the connection ends it; 'close' says so.
    socket.on('error', () => socket.destroy());
    let trail: AuditTrail | undefined;
    try {
      const user = await this.enter(request);
      trail = this.options.audit?.begin(openingOf(request, user));
      const upgrade = (request.headers.upgrade ?? '').toLowerCase();
      // Asked before anything is done: a request that is refused afterwards must not have been carried out.
      if (!this.isProxied(request) && !isStreamed(request, upgrade))
        throw new ApiError('BadRequest', `this server can't upgrade a connection to ${upgrade} here`);
      const asking = { user, upgrade, signal: gone.signal, audit: trail };
      const answer = await this.options.handle(restRequest(request, asking));
      answer.turn?.ends();
      trail?.answers(answer);
      if (answer.type === 'session') {
        await this.upgrades.serve(request, socket, head, answer.session);
      } else if (answer.type === 'stream') {
        await this.upgrades.serve(request, socket, head, { kind: 'bytes', stream: answer.stream });
      } else if (answer.type === 'proxy') {
        await proxyUpgrade(request, socket, head, answer.target, gone.signal, trail);
      } else if (answer.type === 'bytes' && answer.code >= 400) {
        refuseOnSocket(socket, answer.code, answer.body.toString(), answer.contentType);
      } else if (answer.type === 'object' && answer.code >= 400) {
        refuseOnSocket(socket, answer.code, this.options.texts.text(answer.body));
      } else {
        throw new TypeError(`a stream's answer is a ${answer.type}`);
      }
    } catch (error) {
      if (!(error instanceof ApiError) && !socket.destroyed) {
        this.options.log.error({ err: error }, 'an upgrade failed at the HTTPS door');
        trail?.panics(error);
      }
      const known = knownError(error);
      trail?.fails(known);
      refuseOnSocket(socket, known.code, JSON.stringify(known.toStatus()));
    } finally {
      trail?.ends();
    }
  }

  /** Rejects with Unauthorized for credentials that nobody knows; throws BadRequest. */
  private enter(request: IncomingMessage, response?: ServerResponse): Promise<UserInfo> {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      response?.setHeader('connection', 'close');
      throw new ApiError('BadRequest', 'missing required Host header');
    }
    const { audit, authenticate } = this.options;
    const known = authenticate(this.credentialsOf(request));
    if (!audit) return known;
    return known.catch((error: unknown) => {
      if (ApiError.is(error, 'Unauthorized')) {
        const trail = audit.trail(openingOf(request, nobody));
        response?.setHeader('Audit-Id', trail.id);
        trail.refuses(error);
      }
      throw error;
    });
  }

  /** What is passed on to another server is neither read nor negotiated here. */
  private isProxied(request: IncomingMessage): boolean {
    const { url = '/' } = request;
    if (this.options.passesOn?.(url)) return true;
    return url.includes('/proxy') && subresourceOf(request) === 'proxy';
  }

  private answering(encoding: Encoding, gzip: boolean, pretty: boolean): AnswerOptions {
    return { texts: this.options.texts, frames: this.frames, encoding, gzip, pretty };
  }

  private credentialsOf(request: IncomingMessage): Credentials {
    const certificate = this.subjects.of(request.socket as TLSSocket);
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return { ...optional('certificate', certificate), ...optional('token', token) };
  }

  private async answerError(
    response: ServerResponse,
    error: unknown,
    encoding: Encoding,
    trail: AuditTrail | undefined,
  ): Promise<void> {
    if (response.headersSent || response.destroyed) {
      // Too late for a Status: cutting the connection is the only way left to say that something is missing.
      response.destroy();
      return;
    }
    if (!(error instanceof ApiError)) {
      this.options.log.error({ err: error }, 'a request failed at the HTTPS door');
      trail?.panics(error);
    }
    const known = knownError(error);
    trail?.fails(known);
    closeUnread(response);
    await writeAnswer(
      response,
      { code: known.code, type: 'object', body: known.toStatus() },
      this.answering(encoding, false, false),
    );
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

/** Aborted when the client has gone before its answer was whole. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  onGone(response, () => gone.abort());
  return gone.signal;
}

/** Calls when the client has gone before its answer was whole. Answers the way out. */
function onGone(response: ServerResponse, call: () => void): () => void {
  const closed = () => {
    if (!response.writableFinished) call();
  };
  if (response.closed) closed();
  else response.once('close', closed);
  return () => response.off('close', closed);
}

function knownError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('InternalError', 'Internal error occurred: the request failed');
}
