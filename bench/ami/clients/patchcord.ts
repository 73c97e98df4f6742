import { AmiClient } from '../../../src/ami/index.ts';
import type { AmiMessage } from '../../../src/ami/index.ts';

export function connect(port: number, onEvent: (event: AmiMessage) => void): void {
  const client = new AmiClient({ host: '127.0.0.1', port, username: 'bench', secret: 'bench' });
  client.on('event', onEvent);
  client.start();
}

export function readThree(event: AmiMessage): number {
  return event.name.length + event.get('Uniqueid').length + event.get('Channel').length;
}

export function readEight(event: AmiMessage): number {
  return (
    readThree(event) +
    event.get('Linkedid').length +
    event.get('ChannelStateDesc').length +
    event.get('CallerIDNum').length +
    event.get('ConnectedLineNum').length +
    event.get('Exten').length
  );
}

export function reader(event: AmiMessage): AmiMessage {
  return event;
}
