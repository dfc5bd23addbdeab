// What there is to say of an object that is about to be stored: all that is wrong with it, and what its writer is warned of.

import {
  type ContentMemo,
  type FieldError,
  type KubeObject,
  type Live,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../kind.ts';
import type { View } from './view.ts';
import { writeWarnings } from './write-warnings.ts';

export interface Judgement {
  readonly faults: readonly FieldError[];
  readonly warned: readonly string[];
}

/** Of new objects that are often made alike. */
export type Judgements = ContentMemo<Judgement>;

export function judgeNew(judgements: Judgements, kind: Kind, next: KubeObject): Judgement {
  const { row, strategy } = kind;
  const { nameRule = 'dns1123-subdomain', plainFinalizers = false } = strategy;
  const ofMeta = validateObjectMeta(metaOf(next), { namespaced: row.namespaced, nameRule, plainFinalizers });
  const content = strategy.judgedBy?.(next);
  const judged = content
    ? judgements.of([row.group, row.resource, content], () => judgeContent(kind, next))
    : judgeContent(kind, next);
  return ofMeta.length > 0 ? { ...judged, faults: [...ofMeta, ...judged.faults] } : judged;
}

function judgeContent(kind: Kind, next: KubeObject): Judgement {
  const { strategy } = kind;
  const faults = [...(strategy.validate?.(next) ?? []), ...(strategy.validateCreate?.(next) ?? [])];
  return { faults, warned: faults.length > 0 ? [] : writeWarnings(kind, next) };
}

export function judgeUpdate(kind: Kind, view: View, next: KubeObject, old: Live): Judgement {
  const { plainFinalizers = false } = kind.strategy;
  const ofMeta = validateObjectMetaUpdate(metaOf(next), old.metadata, { plainFinalizers });
  const faults = [...ofMeta, ...view.validate(kind.strategy, next, old)];
  return { faults, warned: view.warns && faults.length === 0 ? writeWarnings(kind, next, old) : [] };
}
