// What a configMap, secret, downwardAPI or projected volume shows: a list of files. Pure.

import type { Container, PodSpec } from '../../../shared/api/index.ts';
import type { DesiredState } from '../../link/index.ts';
import { fieldValue, type PodFacts, resourceValue } from '../field-ref.ts';
import type { ProjectedFile } from './atomic-folder.ts';

export type Volume = NonNullable<PodSpec['volumes']>[number];
type Projection = NonNullable<NonNullable<NonNullable<Volume['projected']>['sources']>[number]>;
type Desired = Pick<DesiredState, 'configMap' | 'secret'>;
type Item = { key: string; path: string; mode?: number };

export interface VolumeContext extends PodFacts {
  desired: Desired;
}

/** A reason why the volume cannot be shown (yet); the message is kubelet's. */
export class VolumeFault extends Error {}

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
  if (faults.length > 0) throw new VolumeFault(faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`);
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function fromSource(source: Projection, mode: number, context: VolumeContext): ProjectedFile[] {
  const { configMap, secret, downwardAPI } = source;
  const namespace = context.pod.metadata.namespace ?? '';
  if (configMap) {
    const found = context.desired.configMap(namespace, configMap.name ?? '');
    if (!found && !configMap.optional) throw new VolumeFault(`configmap "${configMap.name}" not found`);
    const texts = Object.entries(found?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const);
    return pick('configmap', new Map([...texts, ...decoded(found?.binaryData)]), configMap, mode);
  }
  if (secret) {
    const found = context.desired.secret(namespace, secret.name ?? '');
    if (!found && !secret.optional) throw new VolumeFault(`secret "${secret.name}" not found`);
    return pick('secret', new Map(decoded(found?.data)), secret, mode);
  }
  if (downwardAPI) return (downwardAPI.items ?? []).map((item) => fromField(item, mode, context));
  const kind = Object.keys(source)[0] ?? 'empty';
  throw new VolumeFault(`projected source ${kind} is not supported on this node`);
}

function decoded(data: Record<string, string> | undefined): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]);
}

function pick(
  kind: string,
  data: ReadonlyMap<string, Uint8Array>,
  { items, optional }: { items?: readonly Item[]; optional?: boolean },
  mode: number,
): ProjectedFile[] {
  const every = [...data.keys()].sort().map((key): Item => ({ key, path: key }));
  return (items ?? every).flatMap((item) => {
    const content = data.get(item.key);
    if (content) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (optional) return [];
    throw new VolumeFault(`${kind} references non-existent config key: ${item.key}`);
  });
}

type FieldItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function fromField(item: FieldItem, mode: number, context: VolumeContext): ProjectedFile {
  const { path, fieldRef, resourceFieldRef } = item;
  try {
    const text = fieldRef
      ? fieldValue(context, fieldRef.fieldPath)
      : resourceValue(
          context,
          containerNamed(context, resourceFieldRef?.containerName ?? ''),
          resourceFieldRef?.resource ?? '',
          resourceFieldRef?.divisor,
        );
    return { path, content: Buffer.from(text), mode: item.mode ?? mode };
  } catch (error) {
    throw new VolumeFault(error instanceof Error ? error.message : String(error));
  }
}

function containerNamed({ pod }: VolumeContext, name: string): Container {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const found = all.find((container) => container.name === name);
  if (!found) throw new VolumeFault(`container ${name} not found`);
  return found;
}
