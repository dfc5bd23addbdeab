// How the server's seats are divided among priority levels: what each has by its shares, and what they lend each other by what
// they have needed lately (k8s.io/apiserver/pkg/util/flowcontrol: apf_controller.go, conc_alloc.go; KEP-1040).

export interface Shares {
  nominalConcurrencyShares: number;
  lendablePercent: number;
  /** Absent: as many as there are. */
  borrowingLimitPercent?: number | undefined;
}

/** What a level may have, in seats. */
export interface SeatBounds {
  nominal: number;
  lower: number;
  upper: number;
}

export interface SeatNeeds extends SeatBounds {
  exempt: boolean;
  /** The most it could have used in the last period. */
  highWatermark: number;
  smoothed: number;
}

/** One of those among whom something is divided. */
export interface Claim {
  target: number;
  lower: number;
  upper: number;
}

export interface SeatPlan {
  /** Of each level, in the order of the needs. */
  limits: number[];
  /** What each level has of its target, unless it is at one of its bounds. */
  fairFraction: number;
  /** What was aimed at for each. */
  targets: number[];
}

export function boundsOf(total: number, all: readonly Shares[]): SeatBounds[] {
  const sum = all.reduce((shares, { nominalConcurrencyShares }) => shares + nominalConcurrencyShares, 0);
  return all.map(({ nominalConcurrencyShares: shares, lendablePercent, borrowingLimitPercent: borrowed }) => {
    const nominal = sum > 0 ? Math.ceil((total * shares) / sum) : 0;
    const lendable = Math.round((nominal * lendablePercent) / 100);
    const borrowing = borrowed === undefined ? total : Math.round((nominal * borrowed) / 100);
    return { nominal, lower: nominal - lendable, upper: nominal + borrowing };
  });
}

/** Exempt levels have what they need; the others share what is left. */
export function planSeats(levels: readonly SeatNeeds[]): SeatPlan {
  const floors = levels.map(({ exempt, nominal, lower, highWatermark }) =>
    Math.max(lower, exempt ? highWatermark : Math.min(nominal, highWatermark)),
  );
  const floorOf = (at: number) => floors[at] ?? 0;
  const targets = levels.map(({ smoothed }, at) => Math.max(floorOf(at), smoothed));
  const limited = levels.flatMap((level, at) => (level.exempt ? [] : [{ ...level, at }]));
  const taken = sum(levels.map(({ exempt }, at) => (exempt ? floorOf(at) : 0)));
  const left = sum(levels.map(({ nominal }) => nominal)) - taken;
  const lowest = sum(limited.map(({ lower }) => lower));
  const lower = sum(limited.map(({ at }) => floorOf(at)));
  const limits = [...floors];
  if (left <= lower) {
    // There is not enough for what all have used: what is above the lower bounds is cut alike.
    const part = left <= lowest ? 0 : (left - lowest) / (lower - lowest);
    for (const { at, lower: bound } of limited) limits[at] = bound + Math.round((floorOf(at) - bound) * part);
    return { limits, fairFraction: 0, targets };
  }
  const claims = limited.map(({ at, upper }) => ({ target: targets[at] ?? 0, lower: floorOf(at), upper }));
  const { parts, fraction } = divide(left, claims);
  for (const [index, { at }] of limited.entries()) limits[at] = Math.round(parts[index] ?? 0);
  return { limits, fairFraction: fraction, targets };
}

/** No target is smaller: a level that has needed nothing gets its part of what is over. */
const leastTarget = 0.001;

/**
 * Parts that add up to `total`: each the same fraction of its target, but for those that are at a bound. Where the bounds are
 * all too low or too high, everybody is at one.
 */
export function divide(total: number, claims: readonly Claim[]): { parts: number[]; fraction: number } {
  const targets = claims.map(({ target }) => Math.max(target, leastTarget));
  const at = (fraction: number) =>
    claims.map(({ lower, upper }, index) =>
      Math.max(lower, Math.min(upper, fraction * (targets[index] ?? leastTarget))),
    );
  // The sum grows with the fraction, in straight lines between those fractions at which somebody meets a bound.
  const bends = claims
    .flatMap(({ lower, upper }, index) =>
      [lower, upper].map((bound) => bound / (targets[index] ?? leastTarget)),
    )
    .sort((a, b) => a - b);
  let [low, lowSum] = [0, sum(at(0))];
  for (const bend of bends) {
    const bendSum = sum(at(bend));
    if (bendSum >= total) {
      const slope = bend > low ? (bendSum - lowSum) / (bend - low) : 0;
      const fraction = slope > 0 ? low + Math.max(0, total - lowSum) / slope : bend;
      return { parts: at(fraction), fraction };
    }
    [low, lowSum] = [bend, bendSum];
  }
  return { parts: at(low), fraction: low };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
