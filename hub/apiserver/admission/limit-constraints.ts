// The least and the most of a LimitRange's item, and how far apart request and limit may be, in upstream's words.

import type { LimitRangeItem } from '../../../shared/api/index.ts';
import { type Amounts, listOf } from '../../../shared/api/quota/index.ts';
import type { Quantity } from '../../../shared/machinery/index.ts';

interface Asked {
  resource: string;
  type: string;
  enforced: Quantity;
  request: Quantity | undefined;
  limit: Quantity | undefined;
}

type Constraint = (asked: Asked) => string | undefined;

/** `limits` is absent for what knows no limits (claims). */
export function constraintFaults(
  item: LimitRangeItem,
  requests: Amounts,
  limits: Amounts | undefined,
): string[] {
  const check = (list: Record<string, string> | undefined, constraint: Constraint) =>
    [...listOf(list)].flatMap(([resource, enforced]) => {
      const request = requests.get(resource);
      const limit = limits?.get(resource);
      return constraint({ resource, type: item.type ?? '', enforced, request, limit }) ?? [];
    });
  return [
    ...check(item.min, least),
    ...check(item.max, limits ? most : mostRequested),
    ...(limits ? check(item.maxLimitRequestRatio, ratio) : []),
  ];
}

const least: Constraint = ({ resource, type, enforced, request, limit }) => {
  const rule = `minimum ${resource} usage per ${type} is ${enforced}`;
  if (!request) return `${rule}.  No request is specified`;
  if (request.compare(enforced) < 0) return `${rule}, but request is ${request}`;
  return limit && limit.compare(enforced) < 0 ? `${rule}, but limit is ${limit}` : undefined;
};

const most: Constraint = ({ resource, type, enforced, request, limit }) => {
  const rule = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (limit.compare(enforced) > 0) return `${rule}, but limit is ${limit}`;
  return request && request.compare(enforced) > 0 ? `${rule}, but request is ${request}` : undefined;
};

const mostRequested: Constraint = ({ resource, type, enforced, request }) => {
  const rule = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (!request) return `${rule}.  No request is specified`;
  return request.compare(enforced) > 0 ? `${rule}, but request is ${request}` : undefined;
};

const ratio: Constraint = ({ resource, type, enforced, request, limit }) => {
  const rule = `${resource} max limit to request ratio per ${type} is ${enforced}`;
  if (!request || request.sign === 0) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.sign === 0) return `${rule}, but no limit is specified or limit is 0`;
  const observed = limit.toNumber() / request.toNumber();
  return observed > enforced.toNumber() ? `${rule}, but provided ratio is ${observed.toFixed(6)}` : undefined;
};
