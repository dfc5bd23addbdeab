// A cluster that was restored into an etcd goes on counting above everything that it has ever given out, whatever the etcd
// counts. So there is an offset between etcd's revisions and ours; the connection adds it to what comes and takes it from
// what goes, and nobody else knows. 0 stays 0: `nothing there`. (Only `mod_revision` is translated: nobody uses others.)

import type {
  ICompare,
  IKeyValue,
  IRangeRequest,
  IRangeResponse,
  IResponseHeader,
  ITxnRequest,
  ITxnResponse,
  IWatchResponse,
} from 'etcd3';

/** A condition with this one never holds. */
const never = -1;

export class RevisionShift {
  private readonly offset: number;

  constructor(offset = 0) {
    this.offset = offset;
  }

  /** Of a revision that etcd has given out after the offset was chosen. */
  toEtcd(revision: string | number): number {
    return Number(revision) - this.offset;
  }

  rangeRequest(request: IRangeRequest): IRangeRequest {
    if (!request.revision || Number(request.revision) === 0) return request;
    return { ...request, revision: this.toEtcd(request.revision) };
  }

  rangeResponse(response: IRangeResponse): IRangeResponse {
    if (this.offset === 0) return response;
    return {
      ...response,
      header: this.header(response.header),
      kvs: response.kvs.map((kv) => this.value(kv)),
    };
  }

  transaction(request: ITxnRequest): ITxnRequest {
    if (this.offset === 0) return request;
    return { ...request, compare: (request.compare ?? []).map((compare) => this.comparison(compare)) };
  }

  outcome(response: ITxnResponse): ITxnResponse {
    if (this.offset === 0) return response;
    const responses = response.responses.map((each) =>
      each.response_range
        ? {
            ...each,
            response_range: {
              ...each.response_range,
              kvs: each.response_range.kvs.map((kv) => this.value(kv)),
            },
          }
        : each,
    );
    return { ...response, header: this.header(response.header), responses };
  }

  watched(response: IWatchResponse): IWatchResponse {
    if (this.offset === 0) return response;
    const events = response.events.map((event) => ({ ...event, kv: this.value(event.kv) }));
    const compacted = this.ours(response.compact_revision);
    return { ...response, header: this.header(response.header), compact_revision: compacted, events };
  }

  private comparison(compare: ICompare): ICompare {
    if (compare.target !== 'Mod' || compare.mod_revision === undefined) return compare;
    const wanted = Number(compare.mod_revision);
    if (wanted === 0) return compare;
    const shifted = wanted - this.offset;
    switch (compare.result) {
      case 'Equal':
        return { ...compare, mod_revision: shifted > 0 ? shifted : never };
      case 'Less':
        // Whatever is there is newer than what was given out before the offset: only `nothing there` is less.
        return { ...compare, mod_revision: Math.max(shifted, 1) };
      default:
        return { ...compare, mod_revision: Math.max(shifted, 0) };
    }
  }

  private header(header: IResponseHeader): IResponseHeader {
    return { ...header, revision: this.ours(header.revision) };
  }

  private value(kv: IKeyValue): IKeyValue {
    return { ...kv, mod_revision: this.ours(kv.mod_revision) };
  }

  private ours(revision: string): string {
    return Number(revision) === 0 ? revision : String(Number(revision) + this.offset);
  }
}
