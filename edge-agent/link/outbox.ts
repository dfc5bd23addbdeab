// What this node reports, kept until the hub has answered: the latest state of each object, and the newest events. Sent
// when there is a connection; again, where the hub's history was replaced.

import type { Event, Node, PersistentVolume, Pod } from '../../shared/api/index.ts';
import { backoffDelay, type Clock, CoalescingQueue, deferred, type Logger } from '../../shared/base/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError, type Live, type Reason } from '../../shared/machinery/index.ts';
import { NodeReport } from './node-report.ts';
import type { Reporter } from './node-state.ts';
import { type PodReport, sendEvent, sendMirror, sendPod } from './pod-report.ts';
import { sendVolumeRemoved } from './volume-report.ts';

export interface OutboxOptions {
  client: Client;
  clock: Clock;
  log: Logger;
}

/** One report on its way. */
interface Job {
  what: string;
  send(): Promise<void>;
  putBack(): void;
  /** The hub will not have it. */
  refused(error: ApiError): void;
  done(): void;
}

const podsKept = 2_000;
const eventsKept = 500;
const unseenKept = 500;
/** Reports on their way at once. */
const workers = 4;
const retryDelay = { base: 500, max: 30_000, jitter: 'full' } as const;

/** The hub will answer the same tomorrow: such a report is dropped. */
const final: ReadonlySet<Reason> = new Set<Reason>([
  'BadRequest',
  'Forbidden',
  'NotFound',
  'MethodNotAllowed',
  'AlreadyExists',
  'Conflict',
  'Gone',
  'Invalid',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
]);

export class Outbox implements Reporter {
  private readonly options: OutboxOptions;
  private readonly pods = new Map<string, PodReport>();
  private readonly events = new CoalescingQueue<string, Event>({ capacity: eventsKept });
  /** By namespace and name: mirrors to create. */
  private readonly mirrors = new Map<string, Pod>();
  /** Those that the hub refused last, and why. */
  private readonly unseen = new Map<string, string>();
  private readonly nodeReport: NodeReport;
  /** Volumes whose folders are gone, by uid. */
  private readonly volumes = new Map<string, Live<PersistentVolume>>();
  private waitingNode: Node | undefined;
  /** What was last said of the node and of each pod, to say it again. */
  private saidNode: Node | undefined;
  private readonly said = new Map<string, PodReport>();
  /** Uids of pods and volumes, and `node`, of which a report is on its way: never two at once. */
  private readonly sending = new Set<string>();
  private connection: AbortController | undefined;
  private news = deferred();

  constructor(options: OutboxOptions) {
    this.options = options;
    this.nodeReport = new NodeReport(options);
  }

  /** Reports that wait or are on their way. */
  get size(): number {
    const waiting = this.pods.size + this.mirrors.size + this.volumes.size + this.events.size;
    return waiting + (this.waitingNode ? 1 : 0) + this.sending.size;
  }

  /** Resolves when the node itself has been reported. */
  get registered(): Promise<void> {
    return this.nodeReport.registered;
  }

  podStatus(pod: Live<Pod>, status: NonNullable<Pod['status']>): void {
    this.report({ pod, status });
  }

  podTerminated(pod: Live<Pod>): void {
    this.report({ pod, terminated: true });
  }

  mirror(pod: Pod): void {
    const { namespace, name } = pod.metadata ?? {};
    this.mirrors.set(`${namespace}/${name}`, pod);
    this.wake();
  }

  volumeRemoved(volume: Live<PersistentVolume>): void {
    this.volumes.set(volume.metadata.uid, volume);
    this.wake();
  }

  node(node: Node): void {
    this.waitingNode = node;
    this.saidNode = node;
    this.wake();
  }

  event(event: Event): void {
    const { namespace = 'default', name = '' } = event.metadata;
    const dropped = this.events.put(`${namespace}/${name}`, event);
    if (dropped)
      this.options.log.warn({ limit: eventsKept }, 'an event was dropped: too many wait for the hub');
    this.wake();
  }

  /** There is a connection: sends what waits, and what comes. */
  connected(): void {
    this.disconnected();
    this.connection = new AbortController();
    for (let worker = 0; worker < workers; worker += 1) void this.work(this.connection.signal);
  }

  disconnected(): void {
    this.connection?.abort();
    this.connection = undefined;
    this.wake();
  }

  /** The hub's history was replaced: it may have forgotten all of this. */
  sayAgain(): void {
    for (const [uid, report] of this.said) if (!this.pods.has(uid)) this.pods.set(uid, report);
    this.nodeReport.forget();
    this.waitingNode ??= this.saidNode;
    this.wake();
  }

  /** The pod is no longer this node's. */
  forget(uid: string): void {
    this.said.delete(uid);
  }

  private report(news: PodReport): void {
    const { uid } = news.pod.metadata;
    this.pods.set(uid, { ...this.pods.get(uid), ...news });
    this.said.set(uid, { ...this.said.get(uid), ...news });
    for (const kept of [this.pods, this.said]) {
      const [oldest] = kept.keys();
      if (kept.size <= podsKept || oldest === undefined) continue;
      kept.delete(oldest);
      this.options.log.warn({ limit: podsKept }, 'a report was dropped: too many pods');
    }
    this.wake();
  }

  private wake(): void {
    this.news.resolve();
    this.news = deferred();
  }

  private async work(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      const job =
        this.takeNode() ?? this.takePod() ?? this.takeMirror() ?? this.takeVolume() ?? this.takeEvent();
      if (!job) await this.news.promise;
      else if (await this.attempt(job)) failures = 0;
      else {
        await clock.sleep(backoffDelay(failures, retryDelay), signal).catch(() => undefined); // the connection is gone
        failures += 1;
      }
    }
  }

  /** False: it must be tried again, and is put back. */
  private async attempt({ what, send, putBack, refused, done }: Job): Promise<boolean> {
    const { log } = this.options;
    try {
      await send();
      return true;
    } catch (error) {
      if (error instanceof ApiError && final.has(error.reason)) {
        refused(error);
        return true;
      }
      log.debug({ what, err: error }, 'a report could not be sent; trying again');
      putBack();
      return false;
    } finally {
      done();
      this.wake();
    }
  }

  private takeNode(): Job | undefined {
    const node = this.waitingNode;
    if (!node || this.sending.has('node')) return undefined;
    this.waitingNode = undefined;
    return this.job('node', 'the node', {
      send: () => this.nodeReport.send(node),
      putBack: () => {
        this.waitingNode ??= node;
      },
    });
  }

  private takePod(): Job | undefined {
    for (const [uid, report] of this.pods) {
      if (this.sending.has(uid)) continue;
      this.pods.delete(uid);
      const { namespace, name } = report.pod.metadata;
      return this.job(uid, `pod ${namespace}/${name}`, {
        send: () => sendPod(this.options.client, report),
        putBack: () => this.pods.set(uid, { ...report, ...this.pods.get(uid) }),
      });
    }
    return undefined;
  }

  /** Not before the hub has the node, which owns them. */
  private takeMirror(): Job | undefined {
    if (!this.nodeReport.isRegistered) return undefined;
    for (const [name, pod] of this.mirrors) {
      const key = `mirror ${name}`;
      if (this.sending.has(key)) continue;
      this.mirrors.delete(name);
      return this.job(key, `the mirror of static pod ${name}`, {
        send: async () => {
          await sendMirror(this.options.client, pod);
          this.unseen.delete(name);
        },
        putBack: () => this.mirrors.set(name, this.mirrors.get(name) ?? pod),
        refused: (error) => this.mirrorRefused(name, error),
      });
    }
    return undefined;
  }

  /** It is asked for again and again: each reason is said once. One that is there already was asked for twice. */
  private mirrorRefused(name: string, error: ApiError): void {
    if (error.reason === 'AlreadyExists' || this.unseen.get(name) === error.message) return;
    if (this.unseen.size >= unseenKept) this.unseen.clear();
    this.unseen.set(name, error.message);
    const { log } = this.options;
    log.warn({ pod: name, reason: error.message }, 'a static pod is not shown: the hub refuses its mirror');
  }

  private takeVolume(): Job | undefined {
    const [entry] = this.volumes;
    if (!entry) return undefined;
    const [uid, volume] = entry;
    this.volumes.delete(uid);
    return this.job(uid, `volume ${volume.metadata.name}`, {
      send: () => sendVolumeRemoved(this.options.client, volume),
      putBack: () => this.volumes.set(uid, volume),
    });
  }

  private takeEvent(): Job | undefined {
    const entry = this.events.take();
    return (
      entry &&
      this.job(`event ${entry[0]}`, `event ${entry[0]}`, {
        send: () => sendEvent(this.options.client, entry[1]),
        putBack: () => this.events.putBack([entry]),
      })
    );
  }

  private job(
    key: string,
    what: string,
    { send, putBack, refused }: Pick<Job, 'send' | 'putBack'> & Partial<Pick<Job, 'refused'>>,
  ): Job {
    this.sending.add(key);
    const { log } = this.options;
    const dropped = (error: ApiError) =>
      log.info({ what, reason: error.message }, 'a report was refused and dropped');
    return { what, send, putBack, refused: refused ?? dropped, done: () => this.sending.delete(key) };
  }
}
