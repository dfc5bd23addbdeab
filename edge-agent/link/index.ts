export type * from './log-source.ts';
export type * from './node-state.ts';
