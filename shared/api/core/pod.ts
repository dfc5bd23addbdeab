export type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Toleration,
} from 'kubernetes-types/core/v1';

import type { Pod } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';

export const strategy: Strategy<Pod> = { schema: 'io.k8s.api.core.v1.Pod', columns: [] };
