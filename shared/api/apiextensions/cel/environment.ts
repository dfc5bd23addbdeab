// The language of rules: CEL, and what Kubernetes adds to it (k8s.io/apiserver/pkg/cel/library).

import { Environment } from '@marcbachmann/cel-js';
import { addAddresses } from './library-addresses.ts';
import { addFormats } from './library-formats.ts';
import { addLists } from './library-lists.ts';
import { addOptionals } from './library-optionals.ts';
import { addQuantities } from './library-quantities.ts';
import { addSets } from './library-sets.ts';
import { addTexts } from './library-texts.ts';
import { addTimes } from './library-times.ts';
import { addTwoVariableLoops } from './library-two-variables.ts';
import { addUrls } from './library-urls.ts';

const libraries = [
  addTwoVariableLoops,
  addTimes,
  addOptionals,
  addTexts,
  addLists,
  addSets,
  addUrls,
  addQuantities,
  addAddresses,
  addFormats,
];

/** The language without any variables. */
export function celEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 10_000, maxDepth: 100 },
  });
  for (const add of libraries) add(environment);
  return environment;
}

/** `oldSelf` is an optional value where the rule asks for that. */
export function ruleEnvironment(optionalOldSelf: boolean): Environment {
  return celEnvironment()
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', optionalOldSelf ? 'optional<dyn>' : 'dyn');
}
