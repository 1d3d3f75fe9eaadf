/** A room's repository, as it is addressed: `https://<host>/<owner>/<name>`. */
export interface Repository {
  /** Lower case, with a port where one was given. */
  host: string;
  owner: string;
  /** Without `.git`. */
  name: string;
}

/** The host under which agents reach repositories that are folders of the machine Parley runs on. It is in no name server (RFC 2606). */
const folderHost = "folder.parley.invalid";
const folderPattern = /^\/[A-Za-z0-9._+/-]{1,200}$/;
const encodedFolder = /^(?:[A-Za-z0-9-]|_[0-9A-F]{2})+$/;

/** A repository, or why the text names none. */
export type ParsedRepository = { kind: "ok"; repository: Repository } | { kind: "problem"; detail: string };

const shortFormHost = "github.com";
const form =
  "an https address such as https://github.com/owner/name, or owner/name, or the absolute path of a folder that the admin allows";
const hostPattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?$/;
const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const namePattern = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/;
const maxHostChars = 259;

/** Reads what somebody typed. `detail` never repeats it: it may hold a password. Whether a folder is allowed is decided where it is read. */
export function parseRepository(text: string): ParsedRepository {
  if (/^(?:file:\/\/)?\//.test(text)) return fromFolder(text.replace(/^file:\/\//, ""));
  const address = /^https:\/\/([^/?#\\]*)\/([^?#\\]*)$/i.exec(text);
  if (address?.[1]?.includes("@") || /^[^/]*:\/\/[^/]*@/.test(text))
    return problem("holds a user name or a password, which is never stored; give the address without them");
  if (address) return fromPath(address[1]?.toLowerCase() ?? "", address[2] ?? "");
  return /^[^/:@\s]+\/[^/:@\s]+$/.test(text) ? fromPath(shortFormHost, text) : problem(`must be ${form}`);
}

/** The result of `parseRepository`, or undefined: rooms of earlier versions may hold any text. */
export function repositoryOf(text: string | undefined): Repository | undefined {
  const parsed = text === undefined ? undefined : parseRepository(text);
  return parsed?.kind === "ok" ? parsed.repository : undefined;
}

/** Address to clone from; it holds no credential. Of a folder `file://<path>`, which Git in a sandbox is told to look for elsewhere. */
export function repositoryUrl(repository: Repository): string {
  const { host, owner, name } = repository;
  const folder = folderOfRepository(repository);
  return folder === undefined ? `https://${host}/${owner}/${name}` : `file://${folder}`;
}

/** Short name for people: `owner/name`, or the path of a folder. */
export function repositoryName(repository: Repository): string {
  return folderOfRepository(repository) ?? `${repository.owner}/${repository.name}`;
}

/** The path of a repository that is a folder of the machine Parley runs on; undefined: it is on a server. */
export function folderOfRepository({ host, name }: Repository): string | undefined {
  if (host !== folderHost || !encodedFolder.test(name)) return undefined;
  const path = name.replace(/_([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return isFolderPath(path) ? path : undefined;
}

function isFolderPath(path: string): boolean {
  return (
    folderPattern.test(path) &&
    path
      .split("/")
      .slice(1)
      .every((part) => !/^\.{0,2}$/.test(part))
  );
}

function fromFolder(typed: string): ParsedRepository {
  const path = typed.replace(/\/$/, "");
  if (!isFolderPath(path))
    return problem("must be the absolute path of a folder, of letters, digits and ._+-/ and without . and .. in it");
  const name = path.replace(/[^A-Za-z0-9-]/g, (char) => `_${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return { kind: "ok", repository: { host: folderHost, owner: "folder", name } };
}

function fromPath(host: string, path: string): ParsedRepository {
  const [owner = "", last = "", ...more] = path.replace(/\/$/, "").split("/");
  const name = last.replace(/\.git$/i, "");
  if (!hostPattern.test(host) || host.length > maxHostChars) return problem(`must be ${form}`);
  if (more.length > 0 || !ownerPattern.test(owner) || !isName(name)) return problem(`must be ${form}`);
  return { kind: "ok", repository: { host, owner, name } };
}

function isName(name: string): boolean {
  return namePattern.test(name) && !/^\.+$/.test(name) && !/\.git$/i.test(name);
}

function problem(detail: string): ParsedRepository {
  return { kind: "problem", detail };
}

const maxBranchChars = 200;

/** By the rules of `git check-ref-format --branch`. */
export function isBranchName(text: string): boolean {
  if (text === "" || text.length > maxBranchChars || text === "@" || text === "HEAD") return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Git forbids
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|^-|\.$/.test(text)) return false;
  return text.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

/** The only branches agents may write; nobody's work is changed before a person merges it. */
export const agentBranchPrefix = "parley/";

/**
 * Prefix of one agent's branches: `parley/<room id>/<agent>/`. Rooms of one repository share it, so the room's id keeps their agents apart; rooms
 * created before that (`branchesByRoom` false) keep `parley/<agent>/`.
 */
export function branchFolderOf(agent: { roomId: string; name: string; branchesByRoom?: boolean | undefined }): string {
  const room = agent.branchesByRoom ? `${agent.roomId}/` : "";
  return `${agentBranchPrefix}${room}${agent.name}/`;
}
