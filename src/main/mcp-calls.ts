import type { AgentCalls } from "../ports/agent-calls.js";
import type { Logger } from "../ports/logger.js";

/** The endpoint of the Model Context Protocol; its modules are loaded with the first request, because most installations start without one. */
export function mcpCalls({ version, logger }: { version: string; logger: Logger }): AgentCalls {
  let loading: Promise<AgentCalls> | undefined;
  const onError = (error: Error) => logger.debug({ error }, "a request over MCP could not be served");
  async function load(): Promise<AgentCalls> {
    const { createMcpEndpoint } = await import("../../adapters/mcp/endpoint.js");
    return createMcpEndpoint({ version, onError });
  }
  return async (request, door) => {
    loading ??= load();
    return (await loading)(request, door);
  };
}
