// The Kind PodTemplate: a template that stands by itself.

export type { PodTemplate } from 'kubernetes-types/core/v1';

import type { PodTemplate } from 'kubernetes-types/core/v1';
import { FieldPath } from '../../machinery/index.ts';
import { formatLabels, nameColumn, textColumn } from '../columns.ts';
import type { Column, Strategy } from '../resource.ts';
import { defaultPodTemplateSpec } from './pod-defaults.ts';
import { containerColumns } from './pod-template-columns.ts';
import { validatePodTemplateSpec } from './pod-validation/index.ts';
import { podTemplateWarnings } from './pod-warnings.ts';

const path = new FieldPath('template');

export const strategy: Strategy<PodTemplate> = {
  schema: 'io.k8s.api.core.v1.PodTemplate',
  generation: true,
  default(object) {
    object.template = defaultPodTemplateSpec(object.template ?? {});
  },
  validate: ({ template }) => validatePodTemplateSpec(template ?? defaultPodTemplateSpec({}), path),
  warnings: ({ template }) => podTemplateWarnings(template, path),
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>(({ template }) => template).map(
      (column): Column<PodTemplate> => ({ ...column, priority: 0 }),
    ),
    textColumn('Pod Labels', 'The labels for the pod template.', ({ template }) =>
      formatLabels(template?.metadata?.labels),
    ),
  ],
};
