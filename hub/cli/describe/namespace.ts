// `kelp describe namespace`: also the quotas and limits that hold there, where the server has such.

import type { JsonObject } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt } from '../json.ts';
import { readList } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import type { DescribeText } from './describe-text.ts';
import type { Describer } from './describer.ts';

export const describeNamespace: Describer = async (text, namespace, session) => {
  const name = textAt(namespace, 'metadata', 'name');
  text.line(0, 'Name:', name);
  text.labels('Labels', textsAt(namespace, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(namespace, 'metadata', 'annotations'));
  text.line(0, 'Status:', textAt(namespace, 'status', 'phase'));
  const conditions = listAt(namespace, 'status', 'conditions');
  const fields = ['type', 'status', 'lastTransitionTime', 'reason', 'message'];
  if (conditions.length > 0) {
    text.line(0, 'Conditions:');
    text.table(
      ['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'],
      conditions.map((condition) => fields.map((field) => textAt(condition, field))),
    );
  }
  const quotas = await servedList(session, 'resourcequotas', name);
  if (quotas) describeQuotas(text, quotas);
  const ranges = await servedList(session, 'limitranges', name);
  if (ranges) describeLimits(text, ranges);
};

/** Undefined: the server has no such resource. */
async function servedList(
  session: Session,
  resource: string,
  namespace: string,
): Promise<JsonObject[] | undefined> {
  const types = await session.discovery.types();
  const type = types.find((candidate) => candidate.group === '' && candidate.resource === resource);
  return type && readList(session, type, { namespace });
}

function describeQuotas(text: DescribeText, quotas: readonly JsonObject[]): void {
  text.line(0, '');
  text.line(0, quotas.length === 0 ? 'No resource quota.' : 'Resource Quotas');
  for (const quota of quotas) {
    text.line(1, 'Name:', textAt(quota, 'metadata', 'name'));
    const scopes = listAt(quota, 'spec', 'scopes').map(String);
    if (scopes.length > 0) text.line(1, 'Scopes:', scopes.join(', '));
    text.line(1, 'Resource', 'Used', 'Hard');
    text.line(1, '--------', '---', '---');
    const hard = recordAt(quota, 'status', 'hard');
    for (const resource of Object.keys(hard).sort())
      text.line(1, resource, textAt(quota, 'status', 'used', resource) || '0', textAt(hard, resource));
  }
}

const limitFields = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'];

function describeLimits(text: DescribeText, ranges: readonly JsonObject[]): void {
  text.line(0, '');
  text.line(0, ranges.length === 0 ? 'No LimitRange resource.' : 'Resource Limits');
  if (ranges.length === 0) return;
  const headings = [
    'Type',
    'Resource',
    'Min',
    'Max',
    'Default Request',
    'Default Limit',
    'Max Limit/Request Ratio',
  ];
  const [type = '', ...others] = headings;
  text.line(0, ` ${type}`, ...others);
  text.line(0, ` ${'-'.repeat(type.length)}`, ...others.map((heading) => '-'.repeat(heading.length)));
  for (const limit of ranges.flatMap((range) => listAt(range, 'spec', 'limits'))) {
    const resources = new Set(limitFields.flatMap((field) => Object.keys(recordAt(limit, field))));
    for (const resource of [...resources].sort())
      text.line(
        0,
        ` ${textAt(limit, 'type')}`,
        resource,
        ...limitFields.map((field) => textAt(limit, field, resource) || '-'),
      );
  }
}
