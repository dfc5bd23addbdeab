// Pure: a commit as one transaction of etcd, and what etcd's refusal of it means.

import type { ICompare, IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import { conflictWith, overtakenAt } from '../plan-commit.ts';
import type { Guard, StoreError, Write } from '../store.ts';
import type { KeySpace } from './key-space.ts';
import { encodeValue } from './value.ts';

export interface Transaction {
  /** Each with its object as text; none for a delete. */
  writes: readonly { write: Write; text: string | undefined }[];
  guards: readonly Guard[];
  /** The hub's fence, and the revision that it must have. */
  fence: { key: Buffer; revision: string };
  mark: { key: Buffer; value: string };
  /** Of volatile writes, and of the mark. */
  lease: string;
}

export function planTransaction(keys: KeySpace, transaction: Transaction): ITxnRequest {
  const { writes, guards, fence, mark, lease } = transaction;
  const operations = writes.map(({ write, text }) => operationOf(keys, write, text, transaction));
  // A deletion carries no mark itself.
  const marked = writes.some(({ text }) => text !== undefined);
  const markIt: IRequestOp = {
    request_put: { key: mark.key, value: encodeValue({ text: '', mark: mark.value }), lease },
  };
  const read = [{ key: fence.key }, ...compared(writes).map(({ key }) => ({ key: keys.objectAt(key) }))];
  const newest = guards.map(({ prefix }) => ({ ...keys.rangeOf(prefix), ...newestFirst }));
  return {
    compare: [
      { target: 'Mod', result: 'Equal', key: fence.key, mod_revision: fence.revision },
      ...compared(writes).flatMap((write) => comparisonsOf(keys, write)),
      ...guards.map(
        ({ prefix, after }): ICompare => ({
          ...keys.rangeOf(prefix),
          target: 'Mod',
          result: 'Less',
          mod_revision: after + 1,
        }),
      ),
    ],
    success: marked ? operations : [...operations, markIt],
    failure: [...read, ...newest].map((range) => ({ request_range: { ...range, keys_only: true } })),
  };
}

const newestFirst = { sort_order: 'Descend', sort_target: 'Mod', limit: 1 } as const;

/** Why a transaction was not carried out: 'fenced' by ourselves, or the first of its conditions that does not hold. */
export function refusalOf(
  { responses }: ITxnResponse,
  { writes, guards, fence }: Transaction,
): 'fenced' | StoreError | undefined {
  const [fenceNow = 0, ...now] = responses.map(({ response_range }) =>
    Number(response_range.kvs[0]?.mod_revision ?? 0),
  );
  if (fenceNow !== Number(fence.revision)) return 'fenced';
  const expectations = compared(writes);
  for (const [at, guard] of guards.entries()) {
    const overtaken = overtakenAt(guard, now[expectations.length + at] ?? 0);
    if (overtaken) return overtaken;
  }
  for (const [at, write] of expectations.entries()) {
    const conflict = conflictWith(write, now[at] ?? 0);
    if (conflict) return conflict;
  }
  return undefined;
}

/** The writes that are not carried out whatever is there. */
function compared(writes: Transaction['writes']): Write[] {
  return writes.flatMap(({ write }) => (write.expected === undefined && write.object ? [] : [write]));
}

function comparisonsOf(keys: KeySpace, { key, object, expected }: Write): ICompare[] {
  const target = { target: 'Mod', key: keys.objectAt(key) } as const;
  const comparisons: ICompare[] = [];
  if (!object) comparisons.push({ ...target, result: 'Greater', mod_revision: 0 });
  if (expected !== undefined) comparisons.push({ ...target, result: 'Equal', mod_revision: expected });
  return comparisons;
}

function operationOf(
  keys: KeySpace,
  { key, volatile }: Write,
  text: string | undefined,
  { mark, lease }: Transaction,
): IRequestOp {
  if (text === undefined) return { request_delete_range: { key: keys.objectAt(key) } };
  const value = encodeValue({ text, mark: mark.value });
  return { request_put: { key: keys.objectAt(key), value, ...(volatile && { lease }) } };
}
