/** Ids as Discord and Parley write them. A thread bears the id of the message it hangs on: its root. */

const epochMs = 1_420_070_400_000;
const pressPrefix = "p:";
const formPrefix = "f:";
export const menuId = "menu";

export const msOfSnowflake = (id: string): number => Number(BigInt(id) >> 22n) + epochMs;

/** The smallest id of that time. */
export const snowflakeOfMs = (ms: number): string => String(BigInt(Math.max(0, Math.floor(ms) - epochMs)) << 22n);

export const isSnowflake = (text: string): boolean => /^\d{1,20}$/.test(text);

export const pressId = (buttonId: string): string => `${pressPrefix}${buttonId}`;
export const formId = (id: string): string => `${formPrefix}${id}`;

/** The button behind a custom id; undefined for ids that are not Parley's. */
export const buttonOf = (customId: string): string | undefined =>
  customId.startsWith(pressPrefix) ? customId.slice(pressPrefix.length) : undefined;

export const formOf = (customId: string): string | undefined =>
  customId.startsWith(formPrefix) ? customId.slice(formPrefix.length) : undefined;

/** A moment in words that need no time zone; Unix ms. */
export function readableTime(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC` : "a time";
}
