// An API server that serves custom resources: with the controller that brings definitions to life.

import { definitionController } from '../../hub/apiserver/custom-resources/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { ControllerRunner, createClient, InformerFactory } from '../../shared/client/index.ts';
import { type ApiServerFixture, admin, type FixtureOptions, startApiServer } from './apiserver.ts';
import { until } from './until.ts';

export interface CustomResourcesFixture extends ApiServerFixture {
  /** Creates a definition and waits until it is served. */
  define(definition: object): Promise<void>;
}

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export async function startCustomResources(options: FixtureOptions = {}): Promise<CustomResourcesFixture> {
  const server = await startApiServer(options);
  const { api, clock } = server;
  const log = createLog('test', 'fatal');
  const client = createClient(api.transport({ user: admin }));
  const informers = new InformerFactory({ client, log });
  const controller = definitionController({
    client,
    informers,
    clock,
    index: api.index,
    server: api.definitions,
  });
  const runner = new ControllerRunner({ controller, clock, log });
  informers.start();
  await runner.start();

  async function define(definition: { metadata?: { name?: string } }): Promise<void> {
    const { metadata } = await server.must('POST', definitionsPath, { body: definition });
    await until('a definition to be served', async () => {
      const { status } = await server.must('GET', `${definitionsPath}/${metadata.name}`);
      return status.conditions?.some(
        (condition: { type: string; status: string }) =>
          condition.type === 'Established' && condition.status === 'True',
      );
    });
  }

  return {
    ...server,
    define,
    stop: async () => {
      await runner.stop();
      informers.stop();
      await server.stop();
    },
  };
}
