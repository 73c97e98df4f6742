// What the token may do. The page shows only that; the API refuses the rest all the same.
let scopes = [];

export function setRights(next) {
  scopes = next;
}

/** Whether the token may change things and see what administrators see. */
export const mayChange = () => scopes.includes('admin');
