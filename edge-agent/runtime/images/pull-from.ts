// From where an image comes, each with code of its own. Loaded with the first pull: most boards never see one of these.

import type { ImageSource } from './image-reference.ts';
import type { Pull, Pulled, unchanged } from './pull.ts';
import { pullFile } from './pull-file.ts';
import { pullRegistry } from './pull-registry.ts';
import { pullUrl } from './pull-url.ts';

export function pullFrom(
  source: Exclude<ImageSource, { kind: 'host' }>,
  pull: Pull,
): Promise<Pulled | typeof unchanged> {
  switch (source.kind) {
    case 'url':
      return pullUrl(pull, source);
    case 'file':
      return pullFile(pull, source);
    case 'registry':
      return pullRegistry(pull, source);
  }
}
