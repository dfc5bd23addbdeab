export { DesiredCopy, type DesiredCopyOptions } from './desired-copy.ts';
export { Link, type LinkOptions, type LinkState } from './link.ts';
export type * from './log-source.ts';
export { noHub } from './no-hub.ts';
export type * from './node-state.ts';
export type * from './stream-source.ts';
