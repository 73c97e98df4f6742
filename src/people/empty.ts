import { directorySchemas, type Directory, type DirectoryKind } from './directory.ts';

/** In the order in which they refer to each other, so that what is referred to comes first. */
export const directoryKinds = [
  'schedules',
  'groups',
  'operators',
  'taskTemplates',
  'lines',
  'lists',
  'policies',
] as const satisfies readonly DirectoryKind[];

/** A directory with nothing in it. */
export function emptyDirectory(): Directory {
  return { operators: [], groups: [], schedules: [], lines: [], taskTemplates: [], lists: [], policies: [] };
}

export function isDirectoryKind(kind: string): kind is DirectoryKind {
  return kind in directorySchemas;
}
