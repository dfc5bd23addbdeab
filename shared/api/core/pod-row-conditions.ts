// What a row of `kubectl get pods` says beside its cells: that the pod has ended, as upstream; and how far a pull is, which
// `kelp get pods` shows with the status.

import type { Pod } from 'kubernetes-types/core/v1';
import type { RowCondition } from '../resource.ts';
import { howFarOf } from './pull-message.ts';

const ended: Record<string, RowCondition> = {
  Succeeded: {
    type: 'Completed',
    status: 'True',
    reason: 'Succeeded',
    message: 'The pod has completed successfully.',
  },
  Failed: { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
};

export function podRowConditions({ status = {} }: Pod): RowCondition[] {
  const { phase = '', initContainerStatuses = [], containerStatuses = [] } = status;
  const end = ended[phase];
  if (end) return [end];
  const pulls = [...initContainerStatuses, ...containerStatuses].flatMap(({ state }) => {
    const message = howFarOf(state?.waiting?.message);
    return message === undefined ? [] : [message];
  });
  return pulls
    .slice(0, 1)
    .map((message) => ({ type: 'Progressing', status: 'True', reason: 'Pulling', message }));
}
