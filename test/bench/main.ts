// `npm run bench [-- AREA …]`: measures what the README promises, on this machine, with real programs.

interface Area {
  what: string;
  run(print: (line: string) => void): Promise<void>;
}

/** Area → what it measures. Without a name, `main` runs. */
const areas: Record<string, () => Promise<Area>> = {
  main: async () => ({
    what: 'the main job: start latency, memory, CPU, bytes on the link, bytes to disk',
    run: (await import('./main-job.ts')).mainJobBench,
  }),
  api: async () => ({
    what: 'the Kubernetes API over TLS: requests a second, lists, watches, memory',
    run: (await import('./api.ts')).apiBench,
  }),
  backup: async () => ({
    what: 'a backup of 50,000 objects while the hub works, and its restore',
    run: (await import('./backup.ts')).backupBench,
  }),
  flash: async () => ({
    what: 'bytes that an idle hub and its agents write to flash',
    run: (await import('./flash.ts')).flashBench,
  }),
  pods: async () => ({
    what: 'pods on a board: start latency beside podman by hand, memory and CPU by their number',
    run: (await import('./pods.ts')).podsBench,
  }),
  store: async () => ({
    what: 'the embedded store: durable writes, start, memory',
    run: (await import('./store.ts')).storeBench,
  }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in areas));
if (unknown.length > 0) {
  console.error(`no bench named ${unknown.join(', ')}; there are: ${Object.keys(areas).join(', ')}`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : ['main']) {
  const load = areas[name];
  if (!load) continue;
  const { what, run } = await load();
  console.log(`\n${name}: ${what}`);
  await run((line) => console.log(`  ${line}`));
}

export {};
