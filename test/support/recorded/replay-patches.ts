// Patches that were sent to the real API server: the same objects, the same patches, and what becomes of them.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparable, differences } from './comparable.ts';
import type { RecordedPatch } from './recorded.ts';
import { withoutManagers } from './replay-defaults.ts';
import { sendable } from './sendable.ts';

const applyType = 'apply-patch+yaml';

/** Patches of a fixture are only tried (dryRun): it stands as it was for the next. Those of `apply` follow each other. */
export class PatchReplay {
  private readonly api: HttpsJson;
  private readonly fixtures: Record<string, Json>;
  private standing = '';
  private readonly owners = new Map<string, string>();

  constructor(api: HttpsJson, fixtures: Record<string, Json>) {
    this.api = api;
    this.fixtures = fixtures;
  }

  async replay(recorded: RecordedPatch): Promise<string[]> {
    const { type, path, before, patch, code, after } = await this.withOwners(recorded);
    const [, fixture] = /^fixture (.*)$/.exec(typeof before === 'string' ? before : '') ?? [];
    const plain = path.replace(/\?.*/, '').replace(/\/(status|scale)$/, '');
    if (fixture) await this.stand(fixture, plain);
    const was = fixture ? await this.api.must('GET', plain) : undefined;
    const query = fixture ? `${path.includes('?') ? '&' : '?'}dryRun=All` : '';
    const answer = await this.api.ask('PATCH', `${path}${query}`, {
      body: patch,
      contentType: `application/${type}`,
    });
    const wanted = after === 'unchanged' ? was : after;
    const shown =
      type === applyType || wanted?.metadata?.managedFields ? (object: Json) => object : withoutManagers;
    return differences(
      comparable({ code: answer.code, body: withoutControllers(path, shown(answer.body)) }),
      comparable({ code, body: withoutControllers(path, shown(wanted)) }),
    );
  }

  /** Owners have to be there: what nobody owns any more is collected. */
  private async withOwners<T>(recorded: T): Promise<T> {
    let text = JSON.stringify(sendable(recorded));
    for (const owner of ['1', '2']) {
      if (!text.includes(`"u${owner}"`)) continue;
      const uid = this.owners.get(owner) ?? (await this.makeOwner(owner));
      text = text
        .replaceAll(`"u${owner}"`, JSON.stringify(uid))
        .replaceAll(`\\"u${owner}\\"`, `\\"${uid}\\"`);
    }
    return JSON.parse(text);
  }

  private async makeOwner(owner: string): Promise<string> {
    const body = { metadata: { name: `own${owner}` } };
    const { metadata } = await this.api.must('POST', '/api/v1/namespaces/rec/configmaps', { body });
    this.owners.set(owner, metadata.uid);
    return metadata.uid;
  }

  private async stand(fixture: string, path: string): Promise<void> {
    if (this.standing === fixture) return;
    await this.api.ask('DELETE', `${path}?gracePeriodSeconds=0`);
    const { status, ...object } = await this.withOwners(this.fixtures[fixture]);
    await this.release(path);
    await this.api.must('POST', path.replace(/\/[^/]+$/, ''), { body: object });
    const contentType = 'application/merge-patch+json';
    if (status) await this.api.must('PATCH', `${path}/status`, { body: { status }, contentType });
    this.standing = fixture;
  }

  /** Finalizers of the one that stood before are nobody's work here. */
  private async release(path: string): Promise<void> {
    const body = { metadata: { finalizers: null } };
    await this.api.ask('PATCH', path, { body, contentType: 'application/merge-patch+json' });
  }
}

const controllers = ['kube-controller-manager', 'kube-scheduler', 'k3s-server'];

/** Controllers are at work here: what they add is not the patch's. */
function withoutControllers(path: string, object: Json): Json {
  if (!object?.metadata) return object;
  const {
    deletionTimestamp: _,
    deletionGracePeriodSeconds: __,
    managedFields,
    ...metadata
  } = object.metadata;
  const { status, ...rest } = object;
  const isAboutStatus = /\/status(\?|$)/.test(path);
  // Which of two managers stands first is a matter of seconds.
  const managers = managedFields
    ?.filter(({ manager }: Json) => !controllers.includes(manager))
    .sort((a: Json, b: Json) => (a.manager < b.manager ? -1 : 1));
  return {
    ...rest,
    ...(rest.kind === 'Node' && { spec: withoutNodeControllers(rest.spec) }),
    metadata: { ...metadata, ...(managers && { managedFields: managers }) },
    ...(isAboutStatus && { status }),
  };
}

/** A node's range of addresses comes some time after the node, and its taints come and go. */
function withoutNodeControllers({ podCIDR: _, podCIDRs: __, taints = [], ...spec }: Json): Json {
  return { ...spec, taints: taints.filter(({ key }: Json) => !key.startsWith('node.kubernetes.io/')) };
}
