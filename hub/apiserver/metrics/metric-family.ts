// What a part has to say in numbers: counted cheaply where it happens, put into words only when somebody asks.

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** As of now. */
  samples(): Iterable<Sample>;
}

export interface Sample {
  value: number;
  labels?: Readonly<Record<string, string>>;
  /** Of a histogram: which of its series. */
  series?: 'bucket' | 'sum' | 'count';
}

/** One number without labels. */
export function single(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  read: () => number,
): MetricFamily {
  return { name, help, type, samples: () => [{ value: read() }] };
}
