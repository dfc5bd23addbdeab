/** Programs of the board with which containers are set up. */
export const toolNames = [
  'mount',
  'unshare',
  'nsenter',
  'setpriv',
  'fallocate',
  'nice',
  'ip',
  'nft',
  'systemd-run',
  'systemctl',
] as const;

/** Their absolute paths; undefined: missing. */
export type Tools = { [name in (typeof toolNames)[number]]?: string };
