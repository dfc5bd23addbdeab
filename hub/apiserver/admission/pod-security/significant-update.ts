// Which changes of a pod are looked at: other images, and containers that come in. Whatever else may change of a pod
// (labels, tolerations …) changes nothing of what it may do.

import { type Pod, seccompPrefix } from '../../../../shared/api/index.ts';
import type { Container } from './checks/index.ts';

export function isSignificantUpdate(next: Pod, old: Pod): boolean {
  const isOther = (container: Container, before: Container | undefined) => {
    const profile = `${seccompPrefix}${container.name}`;
    return (
      container.image !== before?.image ||
      next.metadata?.annotations?.[profile] !== old.metadata?.annotations?.[profile]
    );
  };
  const haveChanged = (now: readonly Container[] = [], then: readonly Container[] = []) =>
    now.length !== then.length || now.some((container, index) => isOther(container, then[index]));
  const { ephemeralContainers: ephemeral = [] } = old.spec ?? {};
  return (
    haveChanged(next.spec?.containers, old.spec?.containers) ||
    haveChanged(next.spec?.initContainers, old.spec?.initContainers) ||
    (next.spec?.ephemeralContainers ?? []).some((container) => {
      const before = ephemeral.find(({ name }) => name === container.name);
      return !before || isOther(container, before);
    })
  );
}
