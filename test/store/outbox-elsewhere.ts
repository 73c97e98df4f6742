// Runs in a process of its own for outbox-kill.test.ts: works deliveries by telling a server, until it is killed.
import { Outbox } from '../../src/outbox/outbox.ts';
import { silent } from '../../src/outbox/testing/workers.ts';
import { openStore } from '../../src/store/open-store.ts';

const [database = '', server = ''] = process.argv.slice(2);
const store = await openStore(database);
const outbox = new Outbox({
  database: store.database,
  logger: silent,
  leaseMs: 400,
  workers: [
    {
      name: 'crm',
      concurrency: 5,
      async work(work) {
        const { delivery } = work;
        const answer = await fetch(`${server}/${delivery.id}/${delivery.attempts}`, { method: 'POST' });
        if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
        await work.save({ told: delivery.id });
        return { outcome: 'done' };
      },
    },
  ],
});
outbox.start();
process.send?.('started');
