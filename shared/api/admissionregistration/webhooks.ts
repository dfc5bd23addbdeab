// What mutating and validating webhooks share: defaults and rules of one webhook in a configuration.

import type {
  MatchCondition,
  MutatingWebhook,
  ValidatingWebhook,
} from 'kubernetes-types/admissionregistration/v1';
import {
  dns1035Label,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  type KubeObject,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { oneOf } from '../core/pod-validation/rules.ts';
import type { Column } from '../resource.ts';
import { validateClientConfig } from './client-config.ts';
import { validateMatchConditions } from './match-conditions.ts';
import { defaultRule, validateRule } from './rules.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

/** Sorted, as messages show them. */
export const failurePolicies: readonly string[] = ['Fail', 'Ignore'];
export const matchPolicies: readonly string[] = ['Equivalent', 'Exact'];
const sideEffects = ['None', 'NoneOnDryRun'];
const reviewVersions = ['v1', 'v1beta1'];
const longestTimeoutSeconds = 30;

export function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) defaultRule(rule);
}

/** `own`: what only one of the two kinds of webhooks has. */
export function validateWebhooks<W extends Webhook>(
  webhooks: readonly W[],
  own: (webhook: W, path: FieldPath) => FieldError[] = () => [],
): FieldError[] {
  return webhooks.flatMap((webhook, index) => {
    const path = new FieldPath('webhooks').index(index);
    const { name = '' } = webhook;
    const earlier = name && webhooks.slice(0, index).some((other) => other.name === name);
    return [
      ...validateWebhook(webhook, path),
      ...own(webhook, path),
      ...validateReviewVersions(webhook.admissionReviewVersions ?? [], path.child('admissionReviewVersions')),
      ...(earlier ? [faults.duplicate(path.child('name'), name)] : []),
    ];
  });
}

function validateWebhook(webhook: Webhook, path: FieldPath): FieldError[] {
  const { name = '', sideEffects: effects, timeoutSeconds: seconds = 10 } = webhook;
  const at = path.child('sideEffects');
  return [
    ...validateFullName(name, path.child('name')),
    ...(webhook.rules ?? []).flatMap((rule, index) => validateRule(rule, path.child('rules').index(index))),
    ...oneOf(webhook.failurePolicy ?? '', failurePolicies, path.child('failurePolicy')),
    ...oneOf(webhook.matchPolicy ?? '', matchPolicies, path.child('matchPolicy')),
    ...(effects === undefined
      ? [faults.required(at, `must specify one of ${sideEffects.join(', ')}`)]
      : oneOf(effects, sideEffects, at)),
    ...(seconds < 1 || seconds > longestTimeoutSeconds
      ? [
          faults.invalid(
            path.child('timeoutSeconds'),
            seconds,
            `the timeout value must be between 1 and ${longestTimeoutSeconds} seconds`,
          ),
        ]
      : []),
    ...validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(webhook.objectSelector, path.child('objectSelector')),
    ...validateClientConfig(webhook.clientConfig ?? {}, path.child('clientConfig')),
    ...validateMatchConditions(webhook.matchConditions, path.child('matchConditions')),
  ];
}

/** Whether conditions compile: the language is loaded where there are some, and looks at those that are new. */
export async function conditionsLater(
  { webhooks = [] }: { webhooks?: readonly Webhook[] },
  old?: { webhooks?: readonly Webhook[] },
): Promise<FieldError[]> {
  const known = (old?.webhooks ?? []).flatMap(({ matchConditions = [] }) => matchConditions);
  const isNew = ({ expression }: MatchCondition) => known.every((each) => each.expression !== expression);
  if (!webhooks.some(({ matchConditions = [] }) => matchConditions.some(isNew))) return [];
  const { conditionFaults } = await import('./expressions/index.ts');
  return webhooks.flatMap(({ matchConditions = [] }, index) =>
    conditionFaults(matchConditions, new FieldPath('webhooks').index(index).child('matchConditions')),
  );
}

/** A name in a domain of one's own, e.g. `images.policy.example.com`. */
function validateFullName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [faults.required(path)];
  const wrong = dns1123Subdomain(name);
  if (wrong.length > 0) return [faults.invalid(path, name, wrong.join(','))];
  if (name.split('.').length >= 3) return [];
  return [faults.invalid(path, name, 'should be a domain with at least three segments separated by dots')];
}

function validateReviewVersions(versions: readonly string[], path: FieldPath): FieldError[] {
  const accepted = reviewVersions.join(', ');
  if (versions.length === 0) return [faults.required(path, `must specify one of ${accepted}`)];
  const found = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [faults.invalid(path.index(index), version, 'duplicate version')]
      : dns1035Label(version).map((text) => faults.invalid(path.index(index), version, text)),
  );
  if (versions.some((version) => reviewVersions.includes(version))) return found;
  return [...found, faults.invalid(path, versions, `must include at least one of ${accepted}`)];
}

export function webhookColumns<T extends KubeObject & { webhooks?: readonly unknown[] }>(): Column<T>[] {
  return [
    nameColumn(),
    {
      name: 'Webhooks',
      type: 'integer',
      format: '',
      description: 'Webhooks indicates the number of webhooks registered in this configuration',
      priority: 0,
      cell: ({ webhooks }) => webhooks?.length ?? 0,
    },
    ageColumn(),
  ];
}
