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
} from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validateJobSpec } from './job-validation.ts';

const specPath = new FieldPath('spec');
/** A job's name is this name, a dash and ten digits. */
const longestName = 52;
const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];

export function validateCronJob(job: CronJob): FieldError[] {
  // What is stored has a revision: older CronJobs may have what new ones may not.
  const isNew = job.metadata?.resourceVersion === undefined;
  return [...(isNew ? validateNew(job) : []), ...validateSpec(job.spec ?? { schedule: '', jobTemplate: {} })];
}

function validateNew({ metadata, spec }: CronJob): FieldError[] {
  const { name = '' } = metadata ?? {};
  const { schedule = '' } = spec ?? {};
  const found: FieldError[] = [];
  if (name.length > longestName) {
    const detail = `must be no more than ${longestName} characters`;
    found.push(faults.invalid(new FieldPath('metadata.name'), name, detail));
  }
  if (schedule.includes('TZ')) found.push(zoneInSchedule(schedule, specPath.child('schedule')));
  return found;
}

function validateSpec(spec: CronJobSpec): FieldError[] {
  const policy = spec.concurrencyPolicy ?? '';
  const at = specPath.child('concurrencyPolicy');
  return [
    ...validateSchedule(spec.schedule ?? '', specPath.child('schedule')),
    ...notNegative(spec.startingDeadlineSeconds, specPath.child('startingDeadlineSeconds')),
    ...validateTimeZone(spec.timeZone, specPath.child('timeZone')),
    ...(policy === '' ? [faults.required(at)] : []),
    ...(policy !== '' && !concurrencyPolicies.includes(policy)
      ? [faults.notSupported(at, policy, concurrencyPolicies)]
      : []),
    ...validateJobTemplate(spec.jobTemplate ?? {}, specPath.child('jobTemplate', 'spec')),
    ...notNegative(spec.successfulJobsHistoryLimit, specPath.child('successfulJobsHistoryLimit')),
    ...notNegative(spec.failedJobsHistoryLimit, specPath.child('failedJobsHistoryLimit')),
  ];
}

function validateSchedule(schedule: string, path: FieldPath): FieldError[] {
  if (schedule === '') return [faults.required(path)];
  try {
    parseCronSchedule(schedule);
    return [];
  } catch (error) {
    if (error instanceof CronError) return [faults.invalid(path, schedule, error.message)];
    throw error;
  }
}

/** A zone in the schedule is what older ones had; it stays where it is, and comes nowhere new. */
export function validateCronJobUpdate(next: CronJob, old: Live<CronJob>): FieldError[] {
  const path = specPath.child('schedule');
  const { schedule = '', timeZone } = next.spec ?? {};
  if (!schedule.includes('TZ')) return [];
  if (!old.spec?.schedule?.includes('TZ')) return [zoneInSchedule(schedule, path)];
  if (timeZone === undefined) return [];
  return [faults.invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')];
}

function zoneInSchedule(schedule: string, path: FieldPath): FieldError {
  return faults.invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
}

function validateTimeZone(zone: string | undefined, path: FieldPath): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [faults.invalid(path, zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [faults.invalid(path, zone, detail)];
  }
  return isTimeZone(zone) ? [] : [faults.invalid(path, zone, `unknown time zone ${zone}`)];
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    // Offsets are no names of zones.
    return !/^[-+]/.test(zone);
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
