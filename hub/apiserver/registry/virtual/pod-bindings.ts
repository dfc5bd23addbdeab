// create bindings: as create pods/binding, with the pod's name in the body.

import { pods } from '../../../../shared/api/index.ts';
import { isRecord } from '../../../../shared/machinery/index.ts';
import { noSuchResource } from '../../rest-path.ts';
import { answering } from '../outcome.ts';
import { kindOf } from '../registry-parts.ts';
import { bind } from '../subresources/binding.ts';

export const bindNamed = answering(async (parts, _kind, request) => {
  const metadata = isRecord(request.body) ? request.body.metadata : undefined;
  const name = isRecord(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
  const resource = parts.index.find(pods.group, pods.version, pods.resource);
  if (!resource) throw noSuchResource();
  const asked = { ...request, resource, subresource: 'binding', name } as const;
  return bind(parts, await kindOf(parts, asked), asked, request);
}, 201);
