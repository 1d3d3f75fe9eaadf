/** The permissions the app needs in its channels, and what fails without each. `docs/discord.md` names the same number. */
export const neededPermissions: readonly { name: string; bit: bigint; without: string }[] = [
  { name: "View Channels", bit: 1n << 10n, without: "Parley hears and shows nothing" },
  { name: "Send Messages", bit: 1n << 11n, without: "no room can be made" },
  { name: "Embed Links", bit: 1n << 14n, without: "cards are empty" },
  { name: "Attach Files", bit: 1n << 15n, without: "very long messages cannot be shown as files" },
  { name: "Read Message History", bit: 1n << 16n, without: "what was missed cannot be read" },
  { name: "Manage Webhooks", bit: 1n << 29n, without: "agents cannot speak" },
  { name: "Manage Threads", bit: 1n << 34n, without: "archived threads cannot be opened again" },
  { name: "Create Public Threads", bit: 1n << 35n, without: "no room can be made" },
  { name: "Send Messages in Threads", bit: 1n << 38n, without: "Parley cannot post in threads" },
];

const administrator = 1n << 3n;

export const permissionsNumber: string = String(neededPermissions.reduce((sum, { bit }) => sum | bit, 0n));

/** Says which permissions are missing and what to do; undefined when none is. */
export function missingPermissions(granted: bigint): string | undefined {
  const lacking = lackingPermissions(granted);
  if (lacking === undefined) return undefined;
  const { seen, todo } = lacking;
  return `T${seen.slice(1)}. G${todo.slice(1)}; Parley goes on without.`;
}

/** The same in two parts: what is missing, and what to do. */
export function lackingPermissions(granted: bigint): { seen: string; todo: string } | undefined {
  if ((granted & administrator) !== 0n) return undefined;
  const missing = neededPermissions.filter(({ bit }) => (granted & bit) === 0n);
  if (missing.length === 0) return undefined;
  const list = missing.map(({ name, without }) => `${name} (${without})`).join(", ");
  const [noun, them] = missing.length === 1 ? ["permission", "it"] : ["permissions", "them"];
  return {
    seen: `the Discord app lacks the ${noun} ${list}`,
    todo: `give ${them} to the app's role in Server Settings, Roles`,
  };
}
