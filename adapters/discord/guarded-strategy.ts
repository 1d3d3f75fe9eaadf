import { SimpleShardingStrategy, type WebSocketManager, type WebSocketShardDestroyOptions } from "@discordjs/ws";

/** What the SDK's connection does by itself. It looks at the outcome of none of it. */
interface ShardInside {
  /** A WebSocket of `ws`; null before the first one. */
  connection: {
    readyState: number;
    onerror: unknown;
    on(event: "error", listener: () => void): void;
    terminate(): void;
  } | null;
  internalConnect(): Promise<void>;
  onMessage(data: unknown, isBinary: boolean): Promise<void>;
  onClose(code: number): Promise<void>;
  heartbeat(requested?: boolean): Promise<void>;
  destroy(options?: WebSocketShardDestroyOptions): Promise<void>;
}

const connecting = 0;

/**
 * The SDK's usual strategy, with connections that cannot end the process: a message of an unexpected form, or two connections that are opened at the same
 * time, reject in a handler, and nobody handles that. `onBroken` is called with the error, and has to open another connection.
 */
export function guardedStrategy(manager: WebSocketManager, onBroken: (error: unknown) => void): SimpleShardingStrategy {
  const strategy = new SimpleShardingStrategy(manager);
  const spawn = strategy.spawn.bind(strategy);
  strategy.spawn = async (shardIds) => {
    await spawn(shardIds);
    const { shards } = strategy as unknown as { shards: ReadonlyMap<number, object> };
    for (const shard of shards.values()) guardShard(shard, onBroken);
  };
  return strategy;
}

/** Guards one connection of the SDK, a `WebSocketShard` that has not connected yet. */
export function guardShard(given: object, onBroken: (error: unknown) => void): void {
  const shard = given as ShardInside;
  const { onMessage, onClose, internalConnect, heartbeat, destroy } = shard;
  shard.onMessage = (data, isBinary) => onMessage.call(shard, data, isBinary).catch(onBroken);
  shard.onClose = (code) => onClose.call(shard, code).catch(onBroken);
  shard.internalConnect = () => internalConnect.call(shard).catch(onBroken);
  shard.heartbeat = (requested) => heartbeat.call(shard, requested).catch(onBroken);
  shard.destroy = (options) => {
    giveUp(shard.connection);
    return destroy.call(shard, options);
  };
}

/** The SDK forgets a socket that is still opening, without closing it, and an error of a socket without a listener ends the process. */
function giveUp(socket: ShardInside["connection"]): void {
  if (socket?.readyState !== connecting) return;
  socket.onerror = null;
  socket.on("error", () => {});
  socket.terminate();
}
