// Tokens of connections in the database, encrypted with the key of the installation.

export interface SecretStore {
  get(name: string): Promise<string | null>;
  /** Durable before it resolves. */
  put(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}
