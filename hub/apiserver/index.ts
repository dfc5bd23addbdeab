export type * from './node-streams.ts';
export type * from './request.ts';
