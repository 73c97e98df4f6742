/** A name in `${NAME}` for which the environment has nothing. */
export interface MissingVariable {
  readonly name: string;
}

/**
 * Replaces `${NAME}` by what the environment says; `$${` stands for a plain `${`. Inside a URL the value is percent-encoded, so that a
 * password may hold any character.
 */
export function fillIn(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): { text: string; missing: MissingVariable[] } {
  const missing: MissingVariable[] = [];
  const isUrl = /^[a-z]+:\/\//.test(text);
  const filled = text.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return '${';
    const value = environment[name];
    if (value === undefined || value === '') {
      missing.push({ name });
      return whole;
    }
    return isUrl ? encodeURIComponent(value) : value;
  });
  return { text: filled, missing };
}
