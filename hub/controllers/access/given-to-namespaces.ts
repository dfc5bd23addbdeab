// What is given to every namespace: shared by those who give it.

import { ApiError, type KubeObject } from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating } from '../api-answers.ts';

/** The namespace of an object of that name: it has to be looked at. */
export function namespaceOf({ metadata }: KubeObject, name: string): string[] {
  return metadata?.name === name && metadata.namespace ? [metadata.namespace] : [];
}

/** Somebody else was faster, or the namespace is going away: both are fine. */
export async function unlessThere(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    const isFine =
      ApiError.is(error, 'AlreadyExists') || ApiError.is(error, 'NotFound') || isNamespaceTerminating(error);
    if (!isFine) throw error;
  }
}
