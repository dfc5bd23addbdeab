// podman's code is loaded only where it is configured: a board that runs processes has no memory for it.

import type { PodmanOptions, PodmanRuntime } from './podman.ts';

export async function loadPodmanRuntime(options: PodmanOptions): Promise<PodmanRuntime> {
  const { PodmanRuntime } = await import('./podman.ts');
  return new PodmanRuntime(options);
}
