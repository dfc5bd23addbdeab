/** What the board offers for setting a container up; absolute paths, undefined when missing. */
export interface Tools {
  mount?: string;
  unshare?: string;
  nsenter?: string;
  setpriv?: string;
  fallocate?: string;
  nice?: string;
  ip?: string;
  nft?: string;
}
