export { parseArguments } from './parse-arguments.ts';
export { itemsOfList, type ReadOptions, readList, readObject, readPages } from './read.ts';
export { type Scope, type Selected, type Selection, select } from './select.ts';
