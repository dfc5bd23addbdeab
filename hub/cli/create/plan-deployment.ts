// `kelp create deployment`: a container an image, pods by the label `app`.

import { UserError } from '../../../shared/base/index.ts';
import { type Plan, typeOf } from './create-one.ts';

export interface DeploymentFlags {
  image: readonly string[];
  replicas: number;
  port?: number;
  /** What the container runs instead of its image's own; empty: that. */
  command: readonly string[];
}

export function planDeployment({ image, replicas, port, command }: DeploymentFlags): Plan {
  if (image.length > 1 && command.length > 0)
    throw new UserError('cannot specify multiple --image options and command');
  const containers = image.map((name, index) => ({
    name: containerName(name),
    image: name,
    ...(command.length > 0 && { command: [...command] }),
    ...(index === 0 && port !== undefined && port >= 0 && { ports: [{ containerPort: port }] }),
    resources: {},
  }));
  return {
    type: typeOf('apps', 'Deployment', 'deployments'),
    failure: 'failed to create deployment:',
    object: (metadata) => {
      const labels = { app: metadata.name };
      const template = { metadata: { creationTimestamp: null, labels }, spec: { containers } };
      return {
        kind: 'Deployment',
        apiVersion: 'apps/v1',
        metadata: { ...metadata, labels },
        spec: { replicas, selector: { matchLabels: labels }, template, strategy: {} },
        status: {},
      };
    },
  };
}

/** The image's name without registry, tag and digest. One that had to be changed gets an ending of its own. */
function containerName(image: string): string {
  const name = (image.split('/').at(-1) ?? '').split(/[:@]/, 1)[0] ?? '';
  if (!/[_.]/.test(name)) return name;
  const ending = crypto.randomUUID().replaceAll('-', '').slice(0, 5);
  return `${name.replace(/[_.]/g, '-')}-${ending}`;
}
