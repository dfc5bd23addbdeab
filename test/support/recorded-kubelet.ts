// Plays what was recorded of pods: the first pod that an owner makes goes through the states of the first one that was seen
// of that owner, each as long after it was made as then.

import { type Pod, type PodStatus, pods } from '../../shared/api/index.ts';
import { controllerOf, formatTime, type Live } from '../../shared/machinery/index.ts';
import type { KubeletPlayer } from './kubelet-player.ts';
import type { Stage } from './stage.ts';

export interface RecordedState {
  /** Seconds since the story began. */
  t: number;
  event?: 'ADDED' | 'DELETED';
  metadata?: { deletionTimestamp?: string; ownerReferences?: { name: string }[] };
  status?: PodStatus;
}

export class RecordedKubelet {
  private readonly stage: Stage;
  /** Owner → what was recorded of its pods that nobody plays yet, the oldest first. */
  private readonly waiting = new Map<string, RecordedState[][]>();
  private readonly playing = new Map<string, readonly RecordedState[]>();
  private readonly saying: Promise<void>[] = [];
  private kubelet: KubeletPlayer | undefined;

  /** `ownerHere`: how the owner that was recorded is called here. */
  constructor(
    stage: Stage,
    recorded: Readonly<Record<string, RecordedState[]>>,
    ownerHere = (name: string) => name,
  ) {
    this.stage = stage;
    for (const states of Object.values(recorded)) {
      const owner = ownerHere(states[0]?.metadata?.ownerReferences?.[0]?.name ?? '');
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), states]);
    }
  }

  async start(name: string): Promise<void> {
    const { stage } = this;
    this.kubelet = await stage.node(name, {
      startsIn: () => 'never',
      endsIn: (pod) => this.endingOf(pod),
    });
    stage.client.listWatch(
      { resource: pods },
      {
        onReplace: () => undefined,
        onEvent: ({ type, object }) => {
          if (type === 'ADDED') this.play(object);
        },
        onError: () => undefined,
      },
    );
  }

  /** Rejects where something could not be said. */
  async done(): Promise<void> {
    await Promise.all(this.saying);
  }

  private play(pod: Live<Pod>): void {
    const states = this.waiting.get(controllerOf(pod)?.name ?? '')?.shift();
    const added = states?.[0]?.t;
    if (!states || added === undefined) return;
    this.playing.set(pod.metadata.uid, states);
    const made = this.stage.clock.now();
    for (const { t, status } of states) {
      // The first ones are the scheduler's.
      if (!status?.containerStatuses) continue;
      const said = placed(status, made - added * 1000);
      this.stage.clock.after((t - added) * 1000, () => {
        if (this.kubelet) this.saying.push(this.kubelet.say(pod, said));
      });
    }
  }

  /** Milliseconds from its deletion until it was gone. */
  private endingOf({ metadata }: Live<Pod>): number {
    const states = this.playing.get(metadata.uid) ?? [];
    const deleted = states.find((state) => state.metadata?.deletionTimestamp)?.t ?? 0;
    return ((states.at(-1)?.t ?? deleted) - deleted) * 1000;
  }
}

/** `TIME+n`: n seconds after `begun`; addresses are some. */
function placed(status: PodStatus, begun: number): PodStatus {
  const text = JSON.stringify(status)
    .replace(/"TIME\+(\d+)"/g, (_, seconds: string) =>
      JSON.stringify(formatTime(begun + Number(seconds) * 1000)),
    )
    .replace(/"NODEIP"/g, '"192.0.2.1"')
    .replace(/"IP(\d+)"/g, '"10.42.0.$1"');
  return JSON.parse(text);
}
