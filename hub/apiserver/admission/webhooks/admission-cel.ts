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

/** The expressions of one policy or webhook about one write. */
export class AdmissionExpressions {
  private readonly authorize: Authorize;
  private readonly user: UserInfo;
  private readonly variables: Record<string, unknown>;
  private readonly decided = new Map<string, GivenPermission>();
  private asked: AskedPermission[] = [];
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
