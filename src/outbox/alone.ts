// After a crash: what the process that is gone had in hand is taken up at once where nobody else can have it.
import type { Dialect } from '../store/dialect.ts';

/**
 * A SQLite file belongs to one process, so whatever it says of leases is of one that has ended; on PostgreSQL they run out by themselves.
 * To be called before the outbox starts. @throws StoreError
 */
export async function forgetOtherProcesses(database: Dialect): Promise<void> {
  if (database.name !== 'sqlite') return;
  await database.write(async (db) => {
    await db.deleteFrom('leases').execute();
    await db.updateTable('deliveries').set({ lease_until: 0 }).where('state', '=', 'working').execute();
  });
}
