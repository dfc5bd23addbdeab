// CEL about a write: `object`, `oldObject`, `request`, `params`, `namespaceObject`, `variables`, `authorizer`. What
// expressions cost is counted, and bounded for each and for all of a policy.

import {
  type AskedPermission,
  admissionEnvironment,
  CelAuthorizer,
  type GivenPermission,
} from '../../../../shared/api/admissionregistration/expressions/index.ts';
import {
  celValue,
  Meter,
  parseExpression,
  runLimits,
  summaryOf,
} from '../../../../shared/api/apiextensions/cel/index.ts';
import type { Authorize } from '../../pipeline.ts';
import type { AccessReview, UserInfo } from '../../request.ts';
import { type Attributes, keyOf } from './admission-attributes.ts';
import { requestOf } from './admission-review.ts';

type Variables = Readonly<Record<string, unknown>>;
type Program = (variables: Variables, limit: number) => { value: unknown; cost: number };

/** So many expressions stay compiled. */
const mostPrograms = 1000;
const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

const environment = admissionEnvironment();
const programs = new Map<string, Program>();

/** Throws an Error for what does not compile. */
function programOf(expression: string): Program {
  const known = programs.get(expression);
  if (known) return known;
  if (programs.size >= mostPrograms) programs.clear();
  const run = parseExpression(environment, expression);
  const meter = new Meter(run.ast);
  const program: Program = (variables, limit) => meter.run(() => run({ ...variables }), limit);
  programs.set(expression, program);
  return program;
}

export { runLimits };

/** A variable of a policy. */
interface Composited {
  name: string;
  expression: string;
}

type Worked = { value: unknown } | { fault: string };

/** Asks for its values one by one. The language knows a map by its class: it is one that answers for itself. */
function lazyMap(find: (name: string) => Worked | undefined): ReadonlyMap<string, unknown> {
  const map = new Map<string, unknown>();
  map.get = (name) => {
    const worked = find(name);
    if (worked && 'fault' in worked) throw new Error(worked.fault);
    return worked?.value;
  };
  map.has = (name) => map.get(name) !== undefined;
  return map;
}

/** The expressions of one policy or webhook about one write. */
export class AdmissionExpressions {
  private readonly authorize: Authorize;
  private readonly user: UserInfo;
  private readonly variables: Record<string, unknown>;
  private readonly decided = new Map<string, GivenPermission>();
  private asked: AskedPermission[] = [];
  /** Variables that have been worked out, and those that are being. */
  private readonly worked = new Map<string, Worked>();
  private readonly working = new Set<string>();
  /** What all of them may still cost. */
  private left: number;

  constructor(attributes: Attributes, authorize: Authorize, budget: number = runLimits.object) {
    this.authorize = authorize;
    this.user = attributes.request.user;
    this.left = budget;
    const decide = (asked: AskedPermission) => this.decide(asked);
    this.variables = {
      ...admissionVariables(attributes),
      authorizer: new CelAuthorizer(decide, ownResource(attributes)),
    };
  }

  /** Throws an Error for what does not compile, costs too much or cannot be told. */
  async evaluate(expression: string, more: Variables = {}): Promise<unknown> {
    const program = programOf(expression);
    for (;;) {
      this.asked = [];
      let run: ReturnType<Program> | undefined;
      let failure: unknown;
      try {
        run = program({ ...this.variables, ...more }, runLimits.expression);
      } catch (error) {
        failure = error;
      }
      if (this.asked.length > 0) {
        // A permission was not known yet: it is asked for, and the expression once more.
        await Promise.all(this.asked.map((each) => this.learn(each)));
        continue;
      }
      if (!run) throw new Error(summaryOf(failure), { cause: failure });
      this.left -= run.cost;
      if (this.left < 0) throw new Error(outOfBudget);
      return run.value;
    }
  }

  /** Each is worked out when an expression first names it, and once: what is wrong with one that nobody needs does not matter. */
  composited(declared: readonly Composited[], more: Variables): ReadonlyMap<string, unknown> {
    const lazy = lazyMap((name): Worked | undefined => {
      const expression = declared.find((each) => each.name === name)?.expression;
      return expression === undefined
        ? undefined
        : this.composite(name, expression, { ...more, variables: lazy });
    });
    return lazy;
  }

  private composite(name: string, expression: string, more: Variables): Worked | undefined {
    const known = this.worked.get(name);
    if (known || this.working.has(name)) return known;
    this.working.add(name);
    const asked = this.asked.length;
    const worked = this.work(name, expression, more);
    this.working.delete(name);
    // A permission that is not known yet is asked for, and all of it once more.
    if (this.asked.length === asked) this.worked.set(name, worked);
    return worked;
  }

  private work(name: string, expression: string, more: Variables): Worked {
    try {
      const { value, cost } = programOf(expression)({ ...this.variables, ...more }, runLimits.expression);
      this.left -= cost;
      return { value };
    } catch (error) {
      return { fault: `composited variable "${name}" fails to evaluate: ${summaryOf(error)}` };
    }
  }

  private decide(asked: AskedPermission): GivenPermission {
    const known = this.decided.get(JSON.stringify(asked));
    if (known) return known;
    this.asked.push(asked);
    return { allowed: false };
  }

  private async learn(asked: AskedPermission): Promise<void> {
    const { user = this.user, ...rest } = asked;
    const review: AccessReview = { ...rest, user };
    const given = await this.authorize(review).catch((error: unknown) => ({
      allowed: false,
      error: error instanceof Error ? error.message : String(error),
    }));
    this.decided.set(JSON.stringify(asked), given);
  }
}

function ownResource(attributes: Attributes): Omit<AskedPermission, 'verb'> {
  const { resource, subresource } = attributes.request;
  const { name, namespace } = keyOf(attributes);
  return {
    group: resource.group,
    resource: resource.resource,
    ...(subresource && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name && { name }),
  };
}

function admissionVariables(attributes: Attributes): Record<string, unknown> {
  const { object, oldObject, options, ...request } = requestOf(attributes);
  return {
    object: celValue(object, undefined),
    oldObject: celValue(oldObject, undefined),
    request: celValue({ ...request, options }, undefined),
    params: null,
    namespaceObject: null,
    variables: new Map(),
  };
}
