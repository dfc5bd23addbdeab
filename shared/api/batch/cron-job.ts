// The Kind CronJob: Jobs by the clock.

export type { CronJob } from 'kubernetes-types/batch/v1';

import type { CronJob, CronJobSpec } from 'kubernetes-types/batch/v1';
import { FieldPath, formatLabelSelector, humanDuration, parseTime } from '../../machinery/index.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { podNameWarnings } from '../core/pod-name-warnings.ts';
import { containerColumns } from '../core/pod-template-columns.ts';
import type { Column, Strategy } from '../resource.ts';
import { validateCronJobUpdate, validateNewCronJob } from './cron-job-validation.ts';
import { jobSpecWarnings } from './job-warnings.ts';
import { defaultPodFailurePolicy } from './pod-failure-policy.ts';

const columns: readonly Column<CronJob>[] = [
  nameColumn(),
  textColumn(
    'Schedule',
    'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
    ({ spec }) => spec?.schedule ?? '',
  ),
  textColumn(
    'Timezone',
    'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones',
    ({ spec }) => spec?.timeZone ?? '<none>',
  ),
  {
    name: 'Suspend',
    type: 'boolean',
    format: '',
    description:
      'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.',
    priority: 0,
    cell: ({ spec }) => {
      if (spec?.suspend === undefined) return '<unset>';
      return spec.suspend ? 'True' : 'False';
    },
  },
  integerColumn(
    'Active',
    'A list of pointers to currently running jobs.',
    ({ status }) => status?.active?.length ?? 0,
  ),
  textColumn(
    'Last Schedule',
    'Information when was the last time the job was successfully scheduled.',
    ({ status }, now) => {
      const last = status?.lastScheduleTime === undefined ? undefined : parseTime(status.lastScheduleTime);
      return last === undefined ? '<none>' : humanDuration(now - last);
    },
  ),
  ageColumn(),
  ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template),
  textColumn(
    'Selector',
    'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    ({ spec }) => formatLabelSelector(spec?.jobTemplate?.spec?.selector),
    'wide',
  ),
];

export const strategy: Strategy<CronJob> = {
  schema: 'io.k8s.api.batch.v1.CronJob',
  generation: true,
  default({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepareForCreate(job) {
    Object.assign(job, { status: {} });
  },
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings({ metadata, spec }, old) {
    const job = spec?.jobTemplate?.spec;
    return [
      ...(old ? [] : podNameWarnings(metadata?.name)),
      ...(job ? jobSpecWarnings(job, new FieldPath('spec.jobTemplate.spec')) : []),
      ...(spec?.schedule?.includes('TZ') ? [zoneWarning] : []),
    ];
  },
  fields: {},
  unknownField: (label) => `field label ${JSON.stringify(label)} not supported for CronJob`,
  columns,
};

const zoneWarning =
  'cannot use TZ or CRON_TZ in spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

function defaultSpec(spec: CronJobSpec): void {
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  spec.jobTemplate.spec ??= { template: {} };
  spec.jobTemplate.spec.template = defaultPodTemplateSpec(spec.jobTemplate.spec.template ?? {});
  defaultPodFailurePolicy(spec.jobTemplate.spec);
}
