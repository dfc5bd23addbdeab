// Who to be at an image's registry: by the pod's pull secrets (those of its service account were added to it by the hub).

import type { Pod, Secret } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { DesiredState } from '../../link/index.ts';
import { type ImageCredentials, imageName, RuntimeFailure } from '../../runtime/index.ts';
import { credentialsFor, type RegistryEntry, registryEntries } from './docker-config.ts';

interface Found {
  credentials: ImageCredentials[];
  /** What is wrong with the secrets, in the kubelet's words. */
  warnings: string[];
}

const keys: Record<string, string> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

export function imageCredentials(
  pod: Live<Pod>,
  image: string,
  desired: Pick<DesiredState, 'secret'>,
): Found {
  const { namespace = 'default' } = pod.metadata;
  const references = pod.spec?.imagePullSecrets ?? [];
  if (references.length === 0) return { credentials: [], warnings: [] };
  const names = references.flatMap(({ name }) => (name ? [name] : []));
  const secrets = names.map((name) => ({ name, secret: desired.secret(namespace, name) }));
  const missing = secrets.filter(({ secret }) => !secret).map(({ name }) => name);
  const warnings =
    missing.length === 0
      ? []
      : [
          `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
        ];
  const entries = secrets.flatMap(({ name, secret }) => (secret ? entriesOf(name, secret, warnings) : []));
  return { credentials: credentialsFor(repositoryOf(image), entries), warnings };
}

function entriesOf(name: string, { type = '', data = {} }: Secret, warnings: string[]): RegistryEntry[] {
  const text = data[keys[type] ?? ''];
  if (text === undefined) {
    warnings.push(
      `image pull secret ${name} is of type ${type || 'Opaque'}: it must be ${Object.keys(keys).join(' or ')}`,
    );
    return [];
  }
  try {
    return registryEntries(Buffer.from(text, 'base64').toString());
  } catch (error) {
    warnings.push(`image pull secret ${name} cannot be read: ${messageOf(error)}`);
    return [];
  }
}

/** What is no image's name is the runtime's to judge. */
function repositoryOf(image: string): string {
  try {
    const { full } = imageName(image.replace(/^[a-z]+:\/\//, ''));
    return full.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  } catch (error) {
    if (error instanceof RuntimeFailure) return image;
    throw error;
  }
}
