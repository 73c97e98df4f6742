// The PBX in a process of its own, so that its memory and its work are not taken for Patchcord's. Says its port; ends with its input.
import { startDemoPbx } from '../../src/demo/demo-pbx.ts';
import { busyDay } from './options.ts';

const [calls = '', seed = ''] = process.argv.slice(2);
const pbx = await startDemoPbx({ ...busyDay(Number(calls), Number(seed)), speed: Infinity });
console.log(JSON.stringify({ port: pbx.port, username: pbx.username, secret: pbx.secret }));
process.stdin.on('end', () => void pbx.stop()).resume();
await pbx.finished;
console.log('played');
