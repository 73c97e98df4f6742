// Which policy holds for a connection.
import { policySchema, type Directory, type Policy } from '../people/directory.ts';

const usual = policySchema.parse({ id: '*' });

/** The connection's own, else the one for all, else the defaults. */
export function policyOf(directory: Directory, crm: string): Policy {
  const { policies } = directory;
  return policies.find(({ id }) => id === crm) ?? policies.find(({ id }) => id === '*') ?? usual;
}
