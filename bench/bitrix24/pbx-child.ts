// The demo PBX in a process of its own. Says where it is, and in the end how many calls there were; ends with its parent.
import { startDemoPbx, type DemoPbxOptions } from '../../src/demo/demo-pbx.ts';
import type { PbxGiven } from './pbx-process.ts';

const { port, speed, ...given } = JSON.parse(process.argv[2] ?? '{}') as PbxGiven;
const counts = { calls: 0, withClient: 0 };
const options: DemoPbxOptions = {
  ...given,
  ...(port !== undefined && { port }),
  speed: speed ?? Infinity,
  onTruth: (truth) => {
    counts.calls++;
    if (truth.kind !== 'internal') counts.withClient++;
  },
};
const pbx = await startDemoPbx(options);
process.on('disconnect', () => process.exit(0));
process.send?.({ port: pbx.port, username: pbx.username, secret: pbx.secret, trunks: pbx.trunks });
await pbx.finished;
process.send?.(counts);
