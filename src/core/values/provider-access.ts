import { isHostName } from "./egress.js";

/**
 * What the model's provider may do on its own servers for the agents of a room: run tools of its own, and fetch what a call only names. All of it
 * leaves the sandbox by a way that the egress list does not see.
 */

const capabilities = ["web_search", "web_fetch", "code_execution", "url_sources", "file_sources"] as const;
/** Before the host of an MCP server that the provider may connect to, as in `mcp:mcp.example.com`. */
const mcpPrefix = "mcp:";

/** Entries a room may have. */
export const maxProviderAccessEntries = 50;

/** One of `web_search`, `web_fetch`, `code_execution`, `url_sources`, `file_sources`, or `mcp:` and a host name in lower case. */
export function isProviderAccessEntry(text: string): boolean {
  if (text.startsWith(mcpPrefix)) return isHostName(text.slice(mcpPrefix.length));
  return capabilities.some((name) => name === text);
}

/** The entry that lets the provider connect to an MCP server at this address; undefined where no entry can: it has to be `https` at port 443. */
export function mcpEntryOf(url: string): string | undefined {
  const { protocol, hostname, port } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "", port: "" };
  return protocol === "https:" && port === "" && isHostName(hostname) ? `${mcpPrefix}${hostname}` : undefined;
}
