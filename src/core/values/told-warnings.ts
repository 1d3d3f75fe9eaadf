/** Little is left of one limit. */
export interface SpendingWarning {
  /** `account/window/` and what tells this warning from an earlier one: the window's number and the limit. A room is told of each once. */
  id: string;
  text: string;
}

/** Warnings that were told, with one more: an earlier one of the same account and window is forgotten. */
export function withWarningTold(told: readonly string[], id: string): string[] {
  const kind = id.slice(0, id.lastIndexOf("/") + 1);
  return [...told.filter((one) => !one.startsWith(kind)), id];
}
