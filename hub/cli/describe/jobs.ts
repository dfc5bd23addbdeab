// `kelp describe job` and `cronjob`.

import { humanDuration } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { controllerOf } from './controller-of.ts';
import { boolText, type DescribeText, dateText } from './describe-text.ts';
import type { Describer } from './describer.ts';
import { describePodTemplate } from './pod-template.ts';
import { selectorText } from './workloads.ts';

/** Of a list of indexes no more is shown. */
const longestIndexes = 50;

export const describeJob: Describer = async (text, job) => {
  text.line(0, 'Name:', textAt(job, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(job, 'metadata', 'namespace'));
  text.line(0, 'Selector:', selectorText(job));
  text.labels('Labels', textsAt(job, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(job, 'metadata', 'annotations'));
  const optional = (title: string, value: string) => value && text.line(0, `${title}:`, value);
  const spec = (field: string) => textAt(job, 'spec', field);
  const status = (field: string) => textAt(job, 'status', field);
  optional('Controlled By', controllerOf(job));
  optional('Parallelism', spec('parallelism'));
  text.line(0, 'Completions:', spec('completions') || '<unset>');
  optional('Completion Mode', spec('completionMode'));
  optional('Suspend', spec('suspend'));
  optional('Backoff Limit', spec('backoffLimit'));
  optional('TTL Seconds After Finished', spec('ttlSecondsAfterFinished'));
  const [start, end] = [status('startTime'), status('completionTime')];
  optional('Start Time', start && dateText(start));
  optional('Completed At', end && dateText(end));
  optional('Duration', start && end && humanDuration(Date.parse(end) - Date.parse(start)));
  const deadline = spec('activeDeadlineSeconds');
  optional('Active Deadline Seconds', deadline && `${deadline}s`);
  const ready = status('ready') && ` (${status('ready')} Ready)`;
  text.line(
    0,
    'Pods Statuses:',
    `${status('active') || 0} Active${ready} / ${status('succeeded') || 0} Succeeded / ${status('failed') || 0} Failed`,
  );
  if (spec('completionMode') === 'Indexed')
    text.line(0, 'Completed Indexes:', cappedIndexes(status('completedIndexes')));
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(job, 'spec', 'template'));
};

function cappedIndexes(indexes: string): string {
  if (indexes.length <= longestIndexes) return indexes || '<none>';
  const cut = indexes.lastIndexOf(',', longestIndexes);
  return `${indexes.slice(0, cut + 1)}...`;
}

export const describeCronJob: Describer = async (text, cron) => {
  text.line(0, 'Name:', textAt(cron, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(cron, 'metadata', 'namespace'));
  text.labels('Labels', textsAt(cron, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(cron, 'metadata', 'annotations'));
  const spec = (field: string) => textAt(cron, 'spec', field);
  text.line(0, 'Schedule:', spec('schedule'));
  if (spec('timeZone')) text.line(0, 'Time Zone:', spec('timeZone'));
  text.line(0, 'Concurrency Policy:', spec('concurrencyPolicy'));
  text.line(0, 'Suspend:', boolText(valueAt(cron, 'spec', 'suspend')));
  text.line(0, 'Successful Job History Limit:', spec('successfulJobsHistoryLimit') || '<unset>');
  text.line(0, 'Failed Job History Limit:', spec('failedJobsHistoryLimit') || '<unset>');
  const deadline = spec('startingDeadlineSeconds');
  text.line(0, 'Starting Deadline Seconds:', deadline ? `${deadline}s` : '<unset>');
  describeJobTemplate(text, recordAt(cron, 'spec', 'jobTemplate'));
  const last = textAt(cron, 'status', 'lastScheduleTime');
  text.line(0, 'Last Schedule Time:', last ? dateText(last) : '<unset>');
  const active = listAt(cron, 'status', 'active').map((job) => textAt(job, 'name'));
  text.line(0, 'Active Jobs:', active.join(', ') || '<none>');
};

function describeJobTemplate(text: DescribeText, template: unknown): void {
  const spec = (field: string) => textAt(template, 'spec', field);
  const selects = valueAt(template, 'spec', 'selector') !== undefined;
  text.line(0, 'Selector:', selects ? selectorText(template) : '<unset>');
  text.line(0, 'Parallelism:', spec('parallelism') || '<unset>');
  text.line(0, 'Completions:', spec('completions') || '<unset>');
  const deadline = spec('activeDeadlineSeconds');
  if (deadline) text.line(0, 'Active Deadline Seconds:', `${deadline}s`);
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(template, 'spec', 'template'));
}
