import type { NodeInfo, Nodes } from "../../src/ports/nodes.js";
import { PortError } from "../../src/ports/port-error.js";

export interface NodeTable {
  present: Map<string, NodeInfo>;
  listeners: Set<(node: string) => void>;
}

export function createNodeTable(): NodeTable {
  return { present: new Map(), listeners: new Set() };
}

/** Nodes of a simulated fleet that share a `table`. */
export function createMemoryNodes({ info, table }: { info: NodeInfo; table: NodeTable }): Nodes {
  return {
    async join() {
      if (table.present.has(info.name))
        throw new PortError(`a process named ${info.name} is in this fleet already`, {
          code: "in-use",
          retryable: false,
        });
      table.present.set(info.name, info);
      return async () => {
        if (!table.present.delete(info.name)) return;
        for (const tell of table.listeners) tell(info.name);
      };
    },
    announce: async () => {},
    present: () => [...table.present.values()],
    onGone(listener) {
      table.listeners.add(listener);
      return () => table.listeners.delete(listener);
    },
    check: async () => ({ ok: true }),
  };
}
