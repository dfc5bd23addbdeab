// What is wrong with a CronJob, and with a change of one.

import type { CronJob, CronJobSpec, JobTemplateSpec } from 'kubernetes-types/batch/v1';
import {
  CronError,
  type FieldError,
  FieldPath,
  faults,
  goSelector,
  type Live,
  parseCronSchedule,
  zoneOfSchedule,
} from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validateJobSpec } from './job-validation.ts';

const specPath = new FieldPath('spec');
/** A job's name is this name, a dash and ten digits. */
const longestName = 52;
const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];

export function validateNewCronJob({ metadata, spec }: CronJob): FieldError[] {
  const { name = '' } = metadata ?? {};
  const found = validateSpec(spec ?? emptySpec());
  if (name.length > longestName) {
    const detail = `must be no more than ${longestName} characters`;
    found.push(faults.invalid(new FieldPath('metadata.name'), name, detail));
  }
  return found;
}

/** Older CronJobs may have what new ones may not. */
export function validateCronJobUpdate({ spec }: CronJob, old: Live<CronJob>): FieldError[] {
  return validateSpec(spec ?? emptySpec(), old.spec ?? emptySpec());
}

function emptySpec(): CronJobSpec {
  return { schedule: '', jobTemplate: {} };
}

function validateSpec(spec: CronJobSpec, old?: NonNullable<Live<CronJob>['spec']>): FieldError[] {
  const policy = spec.concurrencyPolicy ?? '';
  const at = specPath.child('concurrencyPolicy');
  const zone = spec.timeZone === old?.timeZone ? undefined : spec.timeZone;
  return [
    ...validateSchedule(spec, old?.schedule, specPath.child('schedule')),
    ...notNegative(spec.startingDeadlineSeconds, specPath.child('startingDeadlineSeconds')),
    ...validateTimeZone(zone, specPath.child('timeZone')),
    ...(policy === '' ? [faults.required(at)] : []),
    ...(policy !== '' && !concurrencyPolicies.includes(policy)
      ? [faults.notSupported(at, policy, concurrencyPolicies)]
      : []),
    ...validateJobTemplate(spec.jobTemplate ?? {}, specPath.child('jobTemplate', 'spec')),
    ...notNegative(spec.successfulJobsHistoryLimit, specPath.child('successfulJobsHistoryLimit')),
    ...notNegative(spec.failedJobsHistoryLimit, specPath.child('failedJobsHistoryLimit')),
  ];
}

function validateSchedule(
  { schedule = '', timeZone }: CronJobSpec,
  old: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (schedule === '') return [faults.required(path)];
  const found = unreadable(schedule, path);
  if (!schedule.includes('TZ')) return found;
  // A zone in the schedule stays where it is, and comes nowhere new.
  if (!old?.includes('TZ')) return [...found, zoneInSchedule(schedule, path)];
  if (timeZone === undefined) return found;
  const detail = 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
  return [...found, faults.invalid(path, schedule, detail)];
}

function unreadable(schedule: string, path: FieldPath): FieldError[] {
  const zone = zoneOfSchedule(schedule);
  if (zone !== undefined && !isLocation(zone)) {
    return [faults.invalid(path, schedule, `provided bad location ${zone}: unknown time zone ${zone}`)];
  }
  try {
    parseCronSchedule(schedule);
    return [];
  } catch (error) {
    if (error instanceof CronError) return [faults.invalid(path, schedule, error.message)];
    throw error;
  }
}

function zoneInSchedule(schedule: string, path: FieldPath): FieldError {
  return faults.invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
}

function validateTimeZone(zone: string | undefined, path: FieldPath): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [faults.invalid(path, zone, 'timeZone must be nil or non-empty string')];
  const isLocal = zone.toLowerCase() === 'local';
  const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  return [
    ...(isLocal ? [faults.invalid(path, zone, detail)] : []),
    ...(isLocation(zone) ? [] : [faults.invalid(path, zone, `unknown time zone ${zone}`)]),
  ];
}

/** Go knows one that is no zone of its own. */
function isLocation(name: string): boolean {
  return name === 'Local' || isTimeZone(name);
}

/** Names are written as in the database of zones, which `Intl` does not insist on. */
function isTimeZone(zone: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    if (timeZone.toLowerCase() === zone.toLowerCase()) return timeZone === zone;
    // An older name of a zone. Offsets are no names.
    return zone.split('/').every((part) => /^[A-Z]/.test(part));
  } catch {
    return false;
  }
}

function validateJobTemplate({ spec }: JobTemplateSpec, path: FieldPath): FieldError[] {
  const job = spec ?? { template: defaultPodTemplateSpec({}) };
  const found = validateJobSpec(job, path);
  if (job.selector) {
    found.push(
      faults.invalid(path.child('selector'), goSelector(job.selector), '`selector` will be auto-generated'),
    );
  }
  if (job.manualSelector === true) {
    found.push(faults.notSupported(path.child('manualSelector'), true, ['nil', 'false']));
  }
  return found;
}
