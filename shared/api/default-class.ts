// Which class objects get that name none, where several are marked as the default.

import type { KubeObject } from '../machinery/index.ts';

/** The newest, of equals the first by name, as upstream chooses. */
export function newestClass<C extends KubeObject>(classes: readonly C[]): C | undefined {
  const age = ({ metadata }: C) => String(metadata?.creationTimestamp ?? '');
  const name = ({ metadata }: C) => metadata?.name ?? '';
  return [...classes].sort((a, b) =>
    age(a) === age(b) ? (name(a) < name(b) ? -1 : 1) : age(a) > age(b) ? -1 : 1,
  )[0];
}
