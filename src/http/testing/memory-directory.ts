// The directory without a database: for the tests of the routes and for looking at the page.
import { changed } from '../../people/change.ts';
import type { Directory, DirectoryKind } from '../../people/directory.ts';
import { emptyDirectory } from '../../people/empty.ts';
import { exported, importWanted } from '../../people/exchange.ts';
import type { DirectoryStore, RecordOf } from '../../people/open-directory.ts';

export function memoryDirectory(connections: readonly string[]): DirectoryStore {
  let now: Directory = emptyDirectory();
  const about = { byPerson: true, connections };
  const directory: DirectoryStore = {
    current: () => now,
    change: async (make) => {
      const result = changed(now, make(now), about);
      now = result.directory;
      return result.changed;
    },
    put: async <Kind extends DirectoryKind>(kind: Kind, record: { readonly id: string }) => {
      const { id } = record;
      const find = (): RecordOf<Kind> | null => now[kind].find((one) => one.id === id) ?? null;
      const previous = find();
      await directory.change(() => [{ kind, id, record }]);
      return { previous, record: find() as RecordOf<Kind> };
    },
    remove: async <Kind extends DirectoryKind>(kind: Kind, id: string) => {
      const [one] = await directory.change(() => [{ kind, id, record: null }]);
      return one?.previous as unknown as RecordOf<Kind>;
    },
    exportAll: () => exported(now),
    importAll: async (content, { dryRun = false, prune = false } = {}) => {
      const wanted = importWanted(now, content, { prune });
      return dryRun ? changed(now, wanted, about).changed : directory.change(() => wanted);
    },
    takeUsers: async () => [],
    onChange: () => () => undefined,
    close: async () => undefined,
  };
  return directory;
}
