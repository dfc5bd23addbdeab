// What a configMap, secret, downwardAPI or projected volume shows: a list of files. Pure.

import { messageOf } from '../../../shared/base/index.ts';
import { goErrors } from '../../../shared/machinery/index.ts';
import { fieldValue, resourceValue } from '../container/field-ref.ts';
import type { ProjectedFile } from './atomic-folder.ts';
import { volumeGroup } from './ownership.ts';
import { tokenKey } from './token-sources.ts';
import { type Volume, type VolumeContext, VolumeFault } from './volume-type.ts';

type Projection = NonNullable<NonNullable<NonNullable<Volume['projected']>['sources']>[number]>;
type Item = { key: string; path: string; mode?: number };

const defaultMode = 0o644;

/** Throws VolumeFault with every fault of the volume. */
export function projectedFiles(volume: Volume, context: VolumeContext): ProjectedFile[] {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return fromSources([{ configMap }], configMap.defaultMode, context);
  if (secret) {
    const { secretName, ...rest } = secret;
    return fromSources(
      [{ secret: { ...rest, ...(secretName && { name: secretName }) } }],
      secret.defaultMode,
      context,
    );
  }
  if (downwardAPI) return fromSources([{ downwardAPI }], downwardAPI.defaultMode, context);
  return fromSources(projected?.sources ?? [], projected?.defaultMode, context);
}

function fromSources(
  sources: readonly Projection[],
  mode = defaultMode,
  context: VolumeContext,
): ProjectedFile[] {
  const faults: string[] = [];
  const files = sources.flatMap((source) => {
    try {
      return fromSource(source, mode, context);
    } catch (error) {
      if (!(error instanceof VolumeFault)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) throw new VolumeFault(goErrors(faults));
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function fromSource(source: Projection, mode: number, context: VolumeContext): ProjectedFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const namespace = context.pod.metadata.namespace ?? '';
  if (configMap) {
    const found = context.desired.configMap(namespace, configMap.name ?? '');
    if (!found && !configMap.optional) throw new VolumeFault(`configmap "${configMap.name}" not found`);
    const texts = Object.entries(found?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const);
    return pick(
      'configmap references non-existent config key',
      new Map([...texts, ...decoded(found?.binaryData)]),
      configMap,
      mode,
    );
  }
  if (secret) {
    const found = context.desired.secret(namespace, secret.name ?? '');
    if (!found && !secret.optional) throw new VolumeFault(`secret "${secret.name}" not found`);
    return pick('references non-existent secret key', new Map(decoded(found?.data)), secret, mode);
  }
  if (downwardAPI) return (downwardAPI.items ?? []).map((item) => fromField(item, mode, context));
  if (serviceAccountToken) return [fromToken(serviceAccountToken, mode, context)];
  const kind = Object.keys(source)[0] ?? 'empty';
  throw new VolumeFault(`projected source ${kind} is not supported on this node`);
}

function decoded(data: Record<string, string> | undefined): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]);
}

function pick(
  missing: string,
  data: ReadonlyMap<string, Uint8Array>,
  { items, optional }: { items?: readonly Item[]; optional?: boolean },
  mode: number,
): ProjectedFile[] {
  const every = [...data.keys()].sort().map((key): Item => ({ key, path: key }));
  return (items ?? every).flatMap((item) => {
    const content = data.get(item.key);
    if (content) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (optional) return [];
    throw new VolumeFault(`${missing}: ${item.key}`);
  });
}

type TokenSource = NonNullable<Projection['serviceAccountToken']>;

/** Where the pod's user or group is known, the token is for them alone. */
function fromToken(source: TokenSource, mode: number, context: VolumeContext): ProjectedFile {
  const { pod, tokens, tokenFault = 'the hub has not given one yet' } = context;
  const token = tokens.get(tokenKey(source));
  if (token === undefined) throw new VolumeFault(`failed to fetch token: ${tokenFault}`);
  const content = Buffer.from(token);
  const owner = commonUser(pod);
  const narrow = owner !== undefined || volumeGroup(pod) !== undefined;
  return {
    ...{ path: source.path, content, mode: narrow ? 0o600 : mode },
    ...(owner !== undefined && { owner }),
  };
}

/** The user of all containers, if they have one in common that is one of the board's. */
function commonUser({ spec }: VolumeContext['pod']): number | undefined {
  if (spec?.hostUsers === false) return undefined;
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec?.securityContext?.runAsUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}

type FieldItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function fromField(item: FieldItem, mode: number, context: VolumeContext): ProjectedFile {
  const { path, fieldRef, resourceFieldRef } = item;
  try {
    const text = fieldRef
      ? fieldValue(context, fieldRef.fieldPath)
      : resourceValue(context, resourceFieldRef ?? { resource: '' });
    return { path, content: Buffer.from(text), mode: item.mode ?? mode };
  } catch (error) {
    throw new VolumeFault(messageOf(error));
  }
}
