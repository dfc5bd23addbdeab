// A FlowSchema says whether there is the priority level that it names.

import { expect } from 'chai';
import { flowschemas, prioritylevelconfigurations } from '../../shared/api/index.ts';
import { onStage } from '../support/stage.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

describe('a flow schema', () => {
  it('is dangling while its priority level is not there', () =>
    onStage(async (stage) => {
      const dangling = async () => {
        const { status } = await stage.get(flowschemas, 'fs');
        return status?.conditions?.map(({ type, status, reason, message }) => ({
          ...{ type, status, reason, message },
        }));
      };
      const named = 'This FlowSchema references the PriorityLevelConfiguration object named "pl"';
      const missing = {
        ...{ type: 'Dangling', status: 'True', reason: 'NotFound' },
        message: `${named} but there is no such object`,
      };
      const spec = { priorityLevelConfiguration: { name: 'pl' } };
      await stage.create(flowschemas, { apiVersion, kind: 'FlowSchema', metadata: { name: 'fs' }, spec });
      expect(await dangling()).to.deep.equal([missing]);

      await stage.create(prioritylevelconfigurations, {
        ...{ apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name: 'pl' } },
        spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
      });
      expect(await dangling()).to.deep.equal([
        { type: 'Dangling', status: 'False', reason: 'Found', message: `${named} and it exists` },
      ]);

      await stage.client.delete(prioritylevelconfigurations, { name: 'pl' });
      await stage.quiet();
      expect(await dangling()).to.deep.equal([missing]);
    }));
});
