import { SimpleShardingStrategy, type WebSocketManager } from "@discordjs/ws";

/** The SDK's handlers of what a socket tells. It calls them without looking at what becomes of them. */
interface SocketHandlers {
  onMessage(data: unknown, isBinary: boolean): Promise<void>;
  onClose(code: number): Promise<void>;
}

/**
 * The SDK's usual strategy, with handlers that cannot end the process: a message of an unexpected form, or two connections that are opened at the same
 * time, reject in them, and nobody handles that. `onBroken` is called with the error, and has to open another connection.
 */
export function guardedStrategy(manager: WebSocketManager, onBroken: (error: unknown) => void): SimpleShardingStrategy {
  const strategy = new SimpleShardingStrategy(manager);
  const spawn = strategy.spawn.bind(strategy);
  strategy.spawn = async (shardIds) => {
    await spawn(shardIds);
    const { shards } = strategy as unknown as { shards: ReadonlyMap<number, SocketHandlers> };
    for (const shard of shards.values()) guardHandlers(shard, onBroken);
  };
  return strategy;
}

function guardHandlers(shard: SocketHandlers, onBroken: (error: unknown) => void): void {
  const onMessage = shard.onMessage.bind(shard);
  const onClose = shard.onClose.bind(shard);
  shard.onMessage = (data, isBinary) => onMessage(data, isBinary).catch(onBroken);
  shard.onClose = (code) => onClose(code).catch(onBroken);
}
