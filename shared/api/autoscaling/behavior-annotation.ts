// spec.behavior in the annotation of autoscaling/v1: JSON of Go's internal type, whose fields have no names of their own
// there (`ScaleUp`) and are all written.

import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingPolicy,
  HPAScalingRules,
} from 'kubernetes-types/autoscaling/v2';
import { isRecord } from '../../machinery/index.ts';

export function behaviorText({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): string {
  return JSON.stringify({ ScaleUp: goRules(scaleUp), ScaleDown: goRules(scaleDown) });
}

function goRules(rules: HPAScalingRules | undefined): object | null {
  if (!rules) return null;
  const { stabilizationWindowSeconds, selectPolicy, policies } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
  };
}

/** Undefined for what is no behaviour. Go reads names of fields in any case. */
export function behaviorFromText(text: string | undefined): HorizontalPodAutoscalerBehavior | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const scaleUp = rulesOf(fieldOf(value, 'scaleUp'));
    const scaleDown = rulesOf(fieldOf(value, 'scaleDown'));
    return { ...(scaleUp && { scaleUp }), ...(scaleDown && { scaleDown }) };
  } catch {
    // As upstream: what cannot be read is as if it were not there.
    return undefined;
  }
}

function fieldOf(record: Record<string, unknown>, name: string): unknown {
  const wanted = name.toLowerCase();
  return Object.entries(record).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function rulesOf(value: unknown): HPAScalingRules | undefined {
  if (!isRecord(value)) return undefined;
  const window = fieldOf(value, 'stabilizationWindowSeconds');
  const select = fieldOf(value, 'selectPolicy');
  const policies = fieldOf(value, 'policies');
  return {
    ...(typeof window === 'number' && { stabilizationWindowSeconds: window }),
    ...(typeof select === 'string' && { selectPolicy: select }),
    ...(Array.isArray(policies) && { policies: policies.filter(isRecord).map(policyOf) }),
  };
}

function policyOf(record: Record<string, unknown>): HPAScalingPolicy {
  const type = fieldOf(record, 'type');
  const value = fieldOf(record, 'value');
  const period = fieldOf(record, 'periodSeconds');
  return {
    type: typeof type === 'string' ? type : '',
    value: typeof value === 'number' ? value : 0,
    periodSeconds: typeof period === 'number' ? period : 0,
  };
}
